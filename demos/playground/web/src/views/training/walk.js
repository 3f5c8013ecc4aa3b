// One example, part by part: forward through the layers, back through them, and the step that it alone would make.

import { button, make } from "../../dom.js";
import { hasNumbers } from "./net.js";
import { short } from "./numbers.js";

export function walk(parent, { moved, update }) {
  const words = make("p", { className: "walk-words", role: "status" });
  const back = button("◀", () => go(at - 1), { ariaLabel: "One part back" });
  const next = button("Next part ▶", () => go(at + 1), { className: "run" });
  const forward = button("Forward", () => go(layers));
  const backward = button("Backward", () => go(2 * layers + 1));
  const once = button("Update", () => update());
  const all = button("Show all", () => go(-1));
  const bar = make("div", { className: "bar walk-bar", role: "group", ariaLabel: "One example, part by part" }, back, next, forward, backward, once, all);
  parent.append(bar, words);
  let at = -1; // −1: everything is shown
  let layers = 1;
  let now = null;
  let setup = null;

  const last = () => 2 * layers + 1;

  function go(to) {
    at = Math.max(-1, Math.min(to, last()));
    tell();
    moved(position());
  }

  // In columns of the network, whose first one is the inputs.
  function position() {
    if (at < 0) return null;
    if (at <= layers) return { forward: at, back: null };
    return { forward: layers, back: 2 * layers + 1 - at };
  }

  function tell() {
    back.disabled = at < 0;
    next.hidden = at >= last();
    once.classList.toggle("run", at >= last());
    next.textContent = at < 0 ? "One example, part by part ▶" : "Next part ▶";
    all.hidden = at < 0;
    words.textContent = now ? sentence() : "";
  }

  function sentence() {
    const { example } = now;
    const name = (column) => (column === 0 ? "the inputs" : column === layers ? "the score" : `layer ${column}`);
    if (at < 0) return `Point ${example.index + 1}: score s = ${short(example.score)}, wanted t = ${short(example.target)}, loss L = ${short(example.loss)}. ${hasNumbers(setup.sizes) ? "Below each picture: its value and, in green, its gradient." : "Press a picture: its value and its gradient."}`;
    if (at === 0) return `Forward. The point comes in: ${example.inputs.map(short).join(", ")}.`;
    if (at < layers) return `Forward, ${name(at)}: each neuron adds up z = Σ w·a + b, and gives a = ${setup.activations[at - 1]}(z) to the next layer.`;
    if (at === layers) return `Forward, ${name(at)}: s = Σ w·a + b = ${short(example.score)}; wanted is t = ${short(example.target)}, so the loss is L = ${short(example.loss)}.`;
    const column = 2 * layers + 1 - at;
    if (column === layers) return `Backward begins at the loss, L̄ = 1: the score gets s̄ = ∂L/∂s = ${short(example.a_slopes.at(-1)[0])}. Edges now show the gradients of the weights.`;
    const slopes = column ? example.a_slopes[column - 1] : example.input_slopes;
    const largest = slopes.reduce((best, x, i) => (Math.abs(x) > Math.abs(slopes[best]) ? i : best), 0);
    const told = `the largest is ${short(slopes[largest])}, at number ${largest + 1}`;
    if (column === 0) return `Backward, ${name(0)}: ā = Σ z̄·w over all its uses; ${told}. Update would now take each weight a step against its gradient.`;
    return `Backward, ${name(column)}: each ā is Σ z̄·w over the neurons that use it, and z̄ = ā · slope of ${setup.activations[column - 1]}; ${told}.`;
  }

  return {
    begin(told) {
      setup = told;
      layers = told.sizes.length - 1;
      at = -1;
      tell();
      moved(null);
    },
    show(frame) {
      now = frame;
      tell();
    },
    go,
    get at() {
      return at;
    },
  };
}
