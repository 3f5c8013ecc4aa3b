// Elements in short.

export function make(name, properties = {}, ...children) {
  const { dataset, ...others } = properties;
  const made = Object.assign(document.createElement(name), others);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

export function button(text, act, properties = {}) {
  const made = make("button", { type: "button", textContent: text, ...properties });
  made.addEventListener("click", act);
  return made;
}

// A checkbox with its words, inside a label.
export function check(text, on, act) {
  const box = make("input", { type: "checkbox", checked: on });
  box.addEventListener("change", () => act(box.checked));
  return { label: make("label", { className: "check" }, box, ` ${text}`), box };
}

export function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
