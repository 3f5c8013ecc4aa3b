// What is trained, and how: a form whose fields are those of `Setup` in demos/playground/inside/training/setup.py.

import { button, make } from "../../dom.js";
import offered from "../../generated/training.json";

const TITLES = {
  xor: "exclusive or", circles: "circles", moons: "moons", spirals: "spirals", clusters: "two clusters",
  curve: "above or below a curve", drawn: "points that I set", table: "a table that I paste",
}; // prettier-ignore
const STARTS = { uniform: "uniform in (−1, 1)", scaled: "uniform, divided by √n", equal: "all equal, ½" };
const SAMPLE = "height;width;kind\n1.2;0.4;a\n0.9;0.5;a\n0.3;1.1;b\n0.2;0.8;b";

export function controls({ dataParent, modelParent, changed, rate, drawing, cleared, copied }) {
  const values = structuredClone(offered.usual);
  const fields = {};

  function field(parent, name, label, input, note = "") {
    const id = `train-${name}`;
    input.id = id;
    const row = make("div", { className: `field field-${name}` }, make("label", { htmlFor: id, textContent: label }), input);
    if (note) row.append(make("span", { className: "quiet", textContent: note }));
    parent.append(row);
    fields[name] = { row, input };
    return input;
  }

  function select(parent, name, label, options) {
    const input = field(parent, name, label, make("select", {}, ...options.map(([value, text]) => new Option(text, value))));
    input.addEventListener("change", () => put(name, input.value));
    return input;
  }

  function number(parent, name, label, options, note) {
    const input = field(parent, name, label, make("input", { type: "number", ...options }), note);
    input.addEventListener("input", () => Number.isFinite(input.valueAsNumber) && put(name, input.valueAsNumber));
    return input;
  }

  function slider(parent, name, label, { min, max, step }, tell) {
    const input = field(parent, name, label, make("input", { type: "range", min, max, step }));
    const shown = make("output", { htmlFor: input.id });
    fields[name].row.append(shown);
    fields[name].tell = () => (shown.textContent = tell(values[name]));
    input.addEventListener("input", () => put(name, input.valueAsNumber));
    return input;
  }

  // ---------------------------------------------------------------- data

  select(dataParent, "data", "Points", offered.data.map((name) => [name, TITLES[name]]));
  const curve = field(dataParent, "curve", "y =", make("input", { type: "text", spellcheck: false, autocomplete: "off" }), "an expression in x; class 1 lies above");
  curve.addEventListener("input", () => put("curve", curve.value));
  const table = field(dataParent, "table", "Rows of x, y, class", make("textarea", { rows: 6, spellcheck: false, placeholder: SAMPLE }), "from a spreadsheet or a CSV file; two classes, named as you like");
  table.addEventListener("input", () => put("table", table.value));
  const kinds = make("div", { className: "kinds", role: "radiogroup", ariaLabel: "What a press on the plane does" });
  for (const [value, text] of [["1", "blue"], ["0", "orange"], ["erase", "erase"]]) {
    const one = make("input", { type: "radio", name: "train-kind", value, checked: value === "1" });
    one.addEventListener("change", () => drawing(kind()));
    kinds.append(make("label", { className: `kind kind-${value}` }, one, ` ${text}`));
  }
  const drawnRow = make("div", { className: "field field-drawn" }, kinds, button("Clear", cleared), button("Take the last set's points", copied));
  dataParent.append(drawnRow);
  const drawnHint = make("p", { className: "quiet field-drawn", textContent: "Press the plane, or drag over it, with a finger or the mouse; with the keyboard by the arrow keys and Enter." });
  dataParent.append(drawnHint);
  number(dataParent, "amount", "How many", { min: 2, max: 1000, step: 10 });
  slider(dataParent, "noise", "Noise", { min: 0, max: 1, step: 0.01 }, (x) => x.toFixed(2));
  slider(dataParent, "share", "To train on", { min: 0.1, max: 1, step: 0.05 }, (x) => `${Math.round(100 * x)} %`);
  number(dataParent, "seed", "Seed of the points", { min: 0, step: 1 });
  const features = make("fieldset", { className: "features" }, make("legend", { textContent: "Inputs of the network" }));
  for (const name of offered.features) {
    const box = make("input", { type: "checkbox", value: name });
    box.addEventListener("change", () => put("features", [...features.querySelectorAll(":checked")].map(({ value }) => value)));
    features.append(make("label", { className: "check" }, box, ` ${name}`));
  }
  dataParent.append(features);

  // ---------------------------------------------------------------- network and training

  const layers = make("ol", { className: "layers", ariaLabel: "Hidden layers" });
  const add = button("+ layer", () => put("layers", [...values.layers, values.layers.at(-1) ?? "8 tanh"]), { className: "add" });
  modelParent.append(make("div", { className: "field field-layers" }, make("span", { className: "label", textContent: "Hidden layers" }), layers, add));
  select(modelParent, "loss", "Loss", offered.losses.map(({ name, title }) => [name, title]));
  select(modelParent, "optimizer", "Optimizer", offered.optimizers.map(({ name }) => [name, name]));
  const rateField = field(modelParent, "rate", "Learning rate", make("input", { type: "number", min: 0, step: "any" }));
  rateField.addEventListener("input", () => {
    if (!(rateField.valueAsNumber > 0)) return;
    values.rate = rateField.valueAsNumber;
    rate(values.rate);
  });
  slider(modelParent, "momentum", "Momentum", { min: 0, max: 0.99, step: 0.01 }, (x) => x.toFixed(2));
  number(modelParent, "batch", "Examples in a step", { min: 0, max: 1000, step: 1 }, "0: all of them");
  select(modelParent, "start", "First weights", offered.starts.map((name) => [name, STARTS[name]]));
  number(modelParent, "start_seed", "Seed of the weights", { min: 0, step: 1 });
  const formulas = make("dl", { className: "formulas" });
  const about = make("details", { className: "about-formulas", open: true }, make("summary", { textContent: "Formulas" }), formulas);
  modelParent.append(about);

  function showLayers() {
    const rows = values.layers.map((layer, i) => {
      const [size, activation] = layer.split(" ");
      const count = make("input", { type: "number", min: 1, max: 64, step: 1, value: size, ariaLabel: `Neurons of layer ${i + 1}` });
      const kind = make("select", { ariaLabel: `Activation of layer ${i + 1}` }, ...offered.activations.map(({ name }) => new Option(name, name)));
      kind.value = activation;
      const change = () => put("layers", values.layers.with(i, `${count.value} ${kind.value}`), count);
      count.addEventListener("input", () => count.value && change());
      kind.addEventListener("change", change);
      const less = button("✕", () => put("layers", values.layers.toSpliced(i, 1)), { className: "less", ariaLabel: `Remove layer ${i + 1}` });
      return make("li", {}, count, kind, less);
    });
    layers.replaceChildren(...rows);
  }

  function showFormulas() {
    const used = [...new Set(values.layers.map((layer) => layer.split(" ")[1]))];
    const found = [
      ...used.map((name) => [name, offered.activations.find((one) => one.name === name)?.formula]),
      ["loss", offered.losses.find(({ name }) => name === values.loss)?.formula],
      [values.optimizer, offered.optimizers.find(({ name }) => name === values.optimizer)?.formula],
    ];
    formulas.replaceChildren(...found.flatMap(([name, formula]) => [make("dt", { textContent: name }), make("dd", { textContent: formula ?? "" })]));
  }

  // ----------------------------------------------------------------

  const kind = () => {
    const { value } = kinds.querySelector(":checked");
    return value === "erase" ? value : Number(value);
  };

  function put(name, value, typing = null) {
    values[name] = value;
    if (name === "data") drawing(value === "drawn" ? kind() : null);
    show(typing);
    changed();
  }

  function show(typing = null) {
    for (const [name, { input, tell }] of Object.entries(fields)) {
      if (document.activeElement !== input && input.value !== String(values[name])) input.value = values[name];
      tell?.();
    }
    for (const box of features.querySelectorAll("input")) box.checked = values.features.includes(box.value);
    const own = ["drawn", "table"].includes(values.data);
    for (const part of dataParent.querySelectorAll(".field-drawn")) part.hidden = values.data !== "drawn";
    fields.curve.row.hidden = values.data !== "curve";
    fields.table.row.hidden = values.data !== "table";
    for (const name of ["amount", "noise"]) fields[name].row.hidden = own;
    fields.momentum.row.hidden = values.optimizer !== "SGD";
    if (!typing) showLayers();
    showFormulas();
  }

  return {
    values,
    // Sets some fields, others as usual.
    set(given) {
      Object.assign(values, structuredClone(offered.usual), given);
      drawing(values.data === "drawn" ? kind() : null);
      show();
    },
    show,
    put,
    // Marks the field that cannot be, "" for none.
    wrong(name) {
      for (const [field, { input }] of Object.entries(fields)) input.ariaInvalid = String(field === name);
    },
    get rate() {
      return values.rate;
    },
    set rate(rate) {
      values.rate = rate;
      if (document.activeElement !== rateField) rateField.value = rate;
    },
  };
}
