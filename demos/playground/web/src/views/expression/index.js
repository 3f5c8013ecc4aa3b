// The second view: one expression. It is the explorer's own page, in a frame, asking Python here instead of a server.

import { button, make } from "../../dom.js";
import page from "../../generated/explorer.html";
import { player } from "../../player.js";

export const name = "expression";
export const title = "Expression";

const STAYS = 20_000; // milliseconds until an answer is given up
const CALLS = { numbers: "expression.numbers", drawing: "expression.drawing", nudge: "expression.nudged" };

export function mount(section, app) {
  const frame = make("iframe", { className: "explorer", title: "One expression, its graph and its chain rule" });
  const close = button("Back to the expression", () => showPlayer(false), { className: "close" });
  const played = make("div", { className: "panel play", hidden: true }, close);
  section.append(frame, played);
  const stage = player(played);
  let link = "";
  let openLink = () => {};

  function showPlayer(on) {
    played.hidden = !on;
    frame.hidden = on;
    if (!on) stage.clear();
  }

  window.twingrad.explorer = {
    async ask(path, body, signal) {
      const answer = await app.kernel.call(CALLS[path], { body }, { limit: STAYS });
      signal.throwIfAborted();
      return answer;
    },
    read: () => link,
    keep(now) {
      link = now;
      app.changed();
    },
    hear: (open) => (openLink = open),
    async play(body) {
      stage.show(await app.kernel.call("expression.player", { body }, { limit: STAYS }));
      showPlayer(true);
    },
  };

  return {
    state: () => ({ link }),
    open(state) {
      if (typeof state.link === "string") link = state.link;
      if (frame.srcdoc) openLink(link);
      else frame.srcdoc = page;
    },
  };
}
