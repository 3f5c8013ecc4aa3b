export const name = "code";
export const title = "Code";

export function mount(section, app) {
  const out = document.createElement("pre");
  section.append(out);
  app.kernel.call("program.run", { source: "from scalar import Value\nx = Value(3.0)\ny = x * x" }).then((answer) => (out.textContent = JSON.stringify(answer)));
  return {};
}
