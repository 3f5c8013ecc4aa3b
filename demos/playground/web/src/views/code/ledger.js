// The chain rule as a table, with its reasons and rules.

import { make } from "../../dom.js";
import { rowsOf } from "../../safe.js";

const HEADS = ["gradient", "upstream · local", "in numbers", "total", "uses"];

export function ledger(parent) {
  const head = make("thead", {}, make("tr", {}, ...HEADS.map((text) => make("th", { scope: "col", textContent: text }))));
  const body = make("tbody", {});
  const table = make("table", { className: "chain" }, head, body);
  const note = make("p", { className: "quiet" });
  const rules = make("ul", { className: "rules" });
  const about = make("details", {}, make("summary", { textContent: "Rules of these operations" }), rules);
  const conventions = make("ul", { className: "conventions", ariaLabel: "Conventions" });
  const box = make("div", { className: "table", role: "region", ariaLabel: "Steps of the chain rule", tabIndex: 0 }, table);
  parent.append(conventions, note, box, about);

  return {
    show(told) {
      body.replaceChildren(...rowsOf(told.table));
      body.querySelectorAll(".place").forEach((place, position) => (place.textContent = told.places[position]));
      body.querySelectorAll(".why").forEach((cell, position) => {
        cell.replaceChildren(...told.reasons[position].map((line) => make("p", { textContent: line })));
      });
      rules.replaceChildren(...told.rules.map((line) => make("li", { textContent: line })));
      conventions.replaceChildren(...told.conventions.map((line) => make("li", { textContent: line })));
      note.textContent = told.note;
      about.hidden = !told.rules.length;
      table.hidden = !told.table;
    },
    clear() {
      this.show({ table: "", places: [], reasons: [], rules: [], conventions: [], note: "" });
    },
  };
}
