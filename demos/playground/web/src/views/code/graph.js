// The picture of the graph, in a box that zooms and moves, with what can be asked of it.

import { make, check } from "../../dom.js";
import { pictureWindow } from "../../generated/window.js";
import { morphed, svgOf } from "../../safe.js";

const MARGIN = 4;
const LARGE = 1.3; // pixels per unit, at most
const BELOW = 90; // pixels, for the buttons
const VERIFY = [["", "check the gradients …"], ["differences", "verified by differences"], ["complex", "verified by the complex step"]]; // prettier-ignore
const narrow = matchMedia("(max-width: 56rem)");

export function graph(parent, app, { changed }) {
  const options = { messages: true, formulas: false, verify: "", fold: null };
  const messages = check("messages", true, (on) => set({ messages: on }));
  const formulas = check("formulas", false, (on) => set({ formulas: on }));
  const verify = make("select", { ariaLabel: "Verify" }, ...VERIFY.map(([value, text]) => new Option(text, value)));
  verify.addEventListener("change", () => set({ verify: verify.value }));
  const folds = make("span", { className: "folds" });
  const box = make("div", { className: "picture", role: "region", ariaLabel: "Picture of the graph" });
  const legend = make("div", { className: "legend", ariaHidden: "true" });
  const note = make("p", { className: "quiet note-line" });
  parent.append(make("div", { className: "bar" }, messages.label, formulas.label, verify, folds), legend, box, note);
  const view = pictureWindow(box, { wheel: false });
  let shown = null;
  let key = null;

  function set(more) {
    Object.assign(options, more);
    changed();
  }

  function question() {
    return { ...options, palette: app.dark() ? "dark" : "light", direction: narrow.matches ? "TB" : "LR" };
  }

  function show({ svg, note: told, folded }, modules) {
    note.textContent = told;
    showFolds(modules, folded);
    if (!svg) {
      shown = null;
      view.pane.replaceChildren();
      return legend.replaceChildren();
    }
    const wanted = svgOf(svg);
    const drawn = wanted.querySelector(".graph") ?? wanted;
    const size = crop(wanted, drawn);
    if (shown && shown.isConnected && morphed(shown, wanted)) return keepScale(size);
    shown = wanted;
    Object.assign(shown, { role: "img", ariaLabel: "The graph; its numbers stand in the table of the chain rule" });
    box.style.setProperty("--room", `${Math.round(size[1] * LARGE + BELOW)}px`); // a small picture takes no more than it needs
    view.pane.replaceChildren(shown);
    view.show(shown);
    key = size;
  }

  // Without Graphviz's paper, for the page has its own; the legend stands beside the title.
  function crop(svg, drawn) {
    drawn.removeAttribute("transform");
    const parts = [...drawn.children].filter(({ tagName }) => !["g", "title"].includes(tagName));
    const [paper, ...about] = parts;
    paper?.remove();
    const small = document.createElementNS(svg.namespaceURI, "svg");
    small.append(...about);
    legend.replaceChildren(small);
    fit(small, small);
    const hidden = make("div", { className: "measured" }); // its size is known only on the page
    box.append(hidden);
    hidden.append(svg);
    const size = fit(svg, drawn);
    hidden.remove();
    return size;
  }

  function fit(svg, content) {
    const { x, y, width, height } = content.getBBox();
    svg.removeAttribute("width");
    svg.removeAttribute("height");
    const size = [width + 2 * MARGIN, height + 2 * MARGIN];
    svg.setAttribute("viewBox", [x - MARGIN, y - MARGIN, ...size].join(" "));
    svg.style.setProperty("--width", `${size[0]}px`);
    return size;
  }

  // A picture that has become a little wider is shown a little wider, not stretched.
  function keepScale([width, height]) {
    const scale = key ? parseFloat(shown.style.width) / key[0] : 0;
    if (scale) Object.assign(shown.style, { width: `${width * scale}px`, height: `${height * scale}px` });
    key = [width, height];
  }

  function showFolds(modules, folded) {
    if (folds.dataset.kinds !== modules.join()) {
      folds.dataset.kinds = modules.join();
      folds.replaceChildren(
        ...modules.map((kind) => check(`fold ${kind}`, false, (on) => fold(kind, on)).label),
      );
    }
    modules.forEach((kind, position) => (folds.children[position].firstChild.checked = folded.includes(kind)));
  }

  function fold(kind, on) {
    const now = [...folds.querySelectorAll("label")].filter((label) => label.firstChild.checked).map((label) => label.textContent.replace(" fold ", ""));
    set({ fold: on ? [...new Set([...now, kind])] : now.filter((other) => other !== kind) });
  }

  narrow.addEventListener("change", changed);
  document.addEventListener("twingrad-look", changed);
  return {
    question,
    show,
    clear: () => show({ svg: null, note: "", folded: [] }, []),
    get options() {
      return { ...options };
    },
    set options(given) {
      for (const name of ["messages", "formulas"]) if (typeof given[name] === "boolean") options[name] = given[name];
      if (VERIFY.some(([value]) => value === given.verify)) options.verify = given.verify;
      options.fold = Array.isArray(given.fold) ? given.fold.filter((kind) => typeof kind === "string") : null;
      messages.box.checked = options.messages;
      formulas.box.checked = options.formulas;
      verify.value = options.verify;
    },
  };
}
