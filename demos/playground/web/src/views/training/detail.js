// What is behind one number: its equation forward, its step of the chain rule, and the way to the player.

import { button, make } from "../../dom.js";
import { player } from "../../player.js";
import { rowsOf } from "../../safe.js";
import { ledger } from "../code/ledger.js";
import { written } from "./numbers.js";

const STAYS = 30_000; // milliseconds until a player is given up

export function detail(parent, { ask, picked, closed }) {
  const title = make("h2", { tabIndex: -1 });
  const play = button("Open in the player", open, { className: "open-player" });
  const close = button("Close", () => closed());
  const where = make("p", { className: "quiet" });
  const equations = make("tbody", {});
  const forward = make("div", { className: "table", role: "region", ariaLabel: "Forward", tabIndex: 0 }, make("table", { className: "equations" }, equations));
  const weights = make("div", { className: "weights", role: "group", ariaLabel: "Weights of this neuron" });
  const update = make("p", { className: "update" });
  const problem = make("p", { className: "problem", role: "alert" });
  const backward = make("div", { className: "rule" });
  const played = make("div", { className: "played", hidden: true });
  parent.append(
    make("div", { className: "bar" }, title, play, close), where, problem,
    make("h3", { textContent: "Forward" }), forward, weights,
    make("h3", { textContent: "Backward, by the chain rule" }), backward, update, played,
  ); // prettier-ignore
  const table = ledger(backward);
  const stage = player(played);
  let shown = null;

  async function open() {
    play.disabled = true;
    play.textContent = "drawing …";
    problem.textContent = "";
    try {
      const { page, step } = await ask("player", shown, { limit: STAYS });
      played.hidden = false;
      stage.show(page, step ? String(step) : "");
      played.scrollIntoView({ block: "nearest" });
    } catch (error) {
      problem.textContent = error.stopped ? "The player took too long, and was given up." : error.message;
    }
    play.disabled = false;
    play.textContent = "Open in the player";
  }

  function weightButtons(network, frame) {
    const [layer, neuron] = shown.place;
    const from = layer >= 0 ? network.parameter(layer, neuron, 0) : 0;
    const count = shown.kind === "neuron" && layer >= 0 ? network.sizes[layer] + 1 : 0;
    weights.hidden = !count;
    const wanted = Array.from({ length: count }, (_, i) => from + i);
    if (weights.dataset.wanted !== wanted.join()) {
      weights.dataset.wanted = wanted.join();
      weights.replaceChildren(...wanted.map((which) => button("", () => picked("weight", [which]))));
    }
    wanted.forEach((which, i) => {
      weights.children[i].textContent = `${network.names[which]} = ${written(frame.parameters[which])}`;
    });
  }

  return {
    // Tells about a thing; `network` knows its parameters, `frame` their numbers.
    async show(thing, network, frame) {
      if (shown?.kind !== thing.kind || shown.place.join() !== thing.place.join()) {
        played.hidden = true;
        stage.clear();
      }
      shown = thing;
      const told = await ask("told", thing);
      if (shown !== thing) return;
      parent.hidden = false;
      title.textContent = told.title;
      where.textContent = `For point ${told.index + 1}, at step ${told.step}.`;
      equations.replaceChildren(...rowsOf(told.forward));
      forward.hidden = forward.previousElementSibling.hidden = !equations.children.length;
      weightButtons(network, frame);
      table.show(told);
      update.textContent = told.update;
      problem.textContent = "";
    },
    hide() {
      shown = null;
      parent.hidden = true;
      played.hidden = true;
      stage.clear();
    },
    focus: () => title.focus(),
    failed(message) {
      parent.hidden = false;
      problem.textContent = message;
    },
  };
}
