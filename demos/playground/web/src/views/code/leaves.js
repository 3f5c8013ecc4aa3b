// The table of leaves: each number that a program begins with, its gradient, and a slider that moves it.

import { make, button } from "../../dom.js";

// The range of a slider: as far to either side as twice the number, and at least to 5; once it is there, it only grows.
function around(value, { low, high } = {}) {
  const reach = Math.max(5, 2 * Math.abs(value));
  const power = 10 ** Math.floor(Math.log10(reach));
  const round = power * Math.ceil(reach / power);
  return low <= value && value <= high ? { low, high } : { low: -round, high: round };
}
const stepOf = ({ low, high }) => 10 ** Math.floor(Math.log10(high - low) - 2); // a hundred to a thousand in the range
const tidy = (x) => Number(x.toPrecision(5));

export function leafTable(parent, { moved }) {
  const list = make("ul", { className: "leaves" });
  const more = make("p", { className: "quiet" });
  parent.append(list, more);
  let numbers = {}; // by place: what a slider says instead of the program
  const ranges = new Map();
  let rows = [];
  let shape = "";

  function show(leaves, others) {
    const now = JSON.stringify(leaves.map(({ place, name, role }) => [place, name, role]));
    if (now !== shape) {
      shape = now;
      rows = leaves.map(row);
      list.replaceChildren(...rows.map(({ item }) => item));
    }
    leaves.forEach((leaf, position) => rows[position].fill(leaf));
    more.textContent = others ? `and ${others} more` : "";
  }

  function row({ place, name, role }, position) {
    const id = `leaf-${position}`;
    const label = make("label", { className: "name", htmlFor: id, textContent: name, title: name });
    const number = make("input", { id, className: "number", type: "number", step: "any", disabled: place === null });
    const slider = make("input", { className: "slider", type: "range", ariaLabel: `${name}, slider`, disabled: place === null });
    const gradient = make("span", { className: "gradient" });
    const back = button("↺", () => change(undefined), { className: "back", title: "as in the code", ariaLabel: `${name}, as in the code` });
    const item = make("li", { className: role }, label, number, back, slider, gradient);

    const fit = (value) => {
      const range = around(value, ranges.get(place));
      ranges.set(place, range);
      Object.assign(slider, { min: range.low, max: range.high, step: stepOf(range) });
      slider.value = value;
    };
    function change(value) {
      if (value === undefined) delete numbers[place];
      else numbers[place] = value;
      moved();
    }
    slider.addEventListener("input", () => {
      number.value = tidy(slider.valueAsNumber);
      change(tidy(slider.valueAsNumber));
    });
    number.addEventListener("input", () => Number.isFinite(number.valueAsNumber) && change(number.valueAsNumber));
    return {
      item,
      fill(leaf) {
        const value = Number(leaf.value);
        if (document.activeElement !== number) number.value = tidy(value);
        if (document.activeElement !== slider && Number.isFinite(value)) fit(value);
        back.hidden = !(place in numbers);
        gradient.textContent = leaf.gradient;
      },
    };
  }

  return {
    show,
    get numbers() {
      return numbers;
    },
    set numbers(given) {
      numbers = Object.fromEntries(Object.entries(given ?? {}).filter(([place, x]) => /^\d+$/.test(place) && Number.isFinite(x)));
    },
  };
}
