// The player's page in a frame of its own, which has no origin: it plays, and tells its step.

import { make } from "./dom.js";

export function player(parent, { stepped = () => {} } = {}) {
  const frame = make("iframe", { className: "player", title: "Player", allow: "fullscreen" });
  frame.sandbox = "allow-scripts";
  parent.append(frame);
  addEventListener("message", ({ source, data }) => {
    if (source === frame.contentWindow && Number.isInteger(data?.step)) stepped(data.step);
  });
  return {
    frame,
    // `open`: "predict", or the number of a step, counted from 1.
    show(html, open = "") {
      const page = new DOMParser().parseFromString(html, "text/html");
      page.documentElement.dataset.open = open;
      frame.srcdoc = `<!DOCTYPE html>${page.documentElement.outerHTML}`;
    },
    clear: () => frame.removeAttribute("srcdoc"),
  };
}
