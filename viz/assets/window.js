"use strict";

// A picture of any size in a box. It fits at first; where that made its text too small to be read, the part around the
// output is shown, and a small map says where one is. Wheel, pinch, keys and buttons zoom; dragging moves.

const READABLE = 11; // pixels of the smallest text at first sight
const LARGE = 1.25; // pixels per unit of the picture, at most at first sight
const FASTER = 1.25; // by which a key or a button zooms
const STILL = 4; // pixels that a click may move
const DENSE = { edges: 60, perCard: 2 }; // in a picture with more, edges show for the card that is pointed at

const MAP = { width: 320, height: 72 }; // pixels, at most

const windows = [];

// What a page holds packed: JSON, deflated, in base64.
async function unpacked(script) {
  const bytes = Uint8Array.from(atob(script.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return JSON.parse(await new Response(stream).text());
}

// The way from the whole to what is open, whose steps `go` there; places know their title and the place around them.
function trail(nav, places, open, go) {
  const way = [open];
  while (way[0]) way.unshift(places[way[0]].around);
  nav.hidden = open === 0;
  nav.replaceChildren(
    ...way.map((number) => {
      const title = places[number].title || "Whole graph";
      return number === open ? make("span", { textContent: title }) : button(title, title, () => go(number));
    }),
  );
}

// `wheel`: whether the wheel zooms by itself, or with Ctrl and in a box that has the focus.
function pictureWindow(box, { wheel = true } = {}) {
  const packed = box.querySelector(".packed"); // the pictures that its doors open
  packed?.remove();
  const pane = make("div", { className: "pane" });
  const map = make("div", { className: "map", ariaHidden: "true" });
  const bar = make("div", { className: "tools", role: "group", ariaLabel: "View" });
  pane.append(...box.childNodes);
  box.removeAttribute("tabindex");
  if (packed || !pane.querySelector("a")) Object.assign(pane, { tabIndex: 0, role: "group", ariaLabel: "Picture" }); // so that keys scroll it
  bar.append(button("Fit", "Fit", () => zoom(fitting())), button("−", "Zoom out", () => zoom(scale() / FASTER)));
  bar.append(button("+", "Zoom in", () => zoom(scale() * FASTER)), map);
  box.replaceChildren(pane, bar);
  box.classList.add("window");

  let svg = null;
  let moved = false; // whether a person has chosen the view
  const scales = new Map();
  const extent = () => svg.viewBox.baseVal;
  const scale = () => scales.get(svg);
  const PADDING = 16;

  // The scale at which all of it is seen. A box may grow with its picture, so it is asked with an endless one.
  function fitting() {
    const [width, height] = [svg.style.width, svg.style.height];
    Object.assign(svg.style, { width: "1px", height: "99999px" });
    const room = [pane.clientWidth, pane.clientHeight].map((length) => Math.max(length - PADDING, 1));
    Object.assign(svg.style, { width, height });
    return Math.min(room[0] / extent().width, room[1] / extent().height);
  }

  function show(picture) {
    if (svg === picture) return;
    svg = picture;
    moved = scales.has(svg);
    prepare(svg);
    if (moved) zoom(scale());
    else begin();
    drawMap();
  }

  function begin() {
    if (!svg || !pane.clientWidth) return;
    const sizes = [...svg.querySelectorAll("text")].map((text) => parseFloat(getComputedStyle(text).fontSize));
    zoom(Math.max(Math.min(fitting(), LARGE), READABLE / Math.min(...sizes, READABLE)));
    const output = svg.querySelector(".output");
    if (output) reveal(output, "instant");
    if (!map.firstChild) drawMap();
    moved = false;
  }

  // The place under `x` and `y`, of the window, stays where it is; without them, the middle.
  function zoom(wanted, x, y) {
    const frame = pane.getBoundingClientRect();
    const [atX, atY] = [x ?? frame.left + frame.width / 2, y ?? frame.top + frame.height / 2];
    const old = svg.getBoundingClientRect();
    const fit = fitting();
    const part = [(atX - old.left) / old.width, (atY - old.top) / old.height];
    scales.set(svg, Math.min(Math.max(wanted, Math.min(fit, 0.1)), 8));
    svg.style.width = `${extent().width * scale()}px`;
    svg.style.height = `${extent().height * scale()}px`;
    map.hidden = scale() <= fit * 1.01;
    const now = svg.getBoundingClientRect();
    pane.scrollLeft += now.left + part[0] * now.width - atX;
    pane.scrollTop += now.top + part[1] * now.height - atY;
    moved = true;
    markView();
  }

  // Scrolls the pane alone until the part stands in it, in the middle where it was outside.
  function reveal(part, behavior = "smooth") {
    const frame = pane.getBoundingClientRect();
    const place = part.getBoundingClientRect();
    const shift = (start, length, from, room) =>
      start >= from && start + length <= from + room ? 0 : start + Math.min(length, room) / 2 - from - room / 2;
    pane.scrollBy({
      left: shift(place.left, place.width, frame.left, frame.width),
      top: shift(place.top, place.height, frame.top, frame.height),
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : behavior,
    });
    markView();
  }

  // ---------------------------------------------------------------- the map

  function drawMap() {
    const { x, y, width, height } = extent();
    const size = Math.min(MAP.width / width, MAP.height / height);
    const small = makeSvg("svg", { viewBox: [x, y, width, height].join(" "), width: width * size, height: height * size });
    const origin = svg.getBoundingClientRect();
    if (!origin.width) return; // it is not shown yet
    const unit = width / origin.width;
    for (const card of svg.querySelectorAll(".card, .node")) {
      const place = card.getBoundingClientRect();
      const [left, top] = [x + (place.left - origin.left) * unit, y + (place.top - origin.top) * unit];
      const look = card.classList.contains("output") ? "end" : "";
      small.append(makeSvg("rect", { class: look, x: left, y: top, width: place.width * unit, height: place.height * unit }));
    }
    small.append(makeSvg("rect", { class: "view" }));
    map.replaceChildren(small);
    markView();
  }

  function markView() {
    const view = map.querySelector(".view");
    if (map.hidden || !view) return;
    const [frame, now] = [pane.getBoundingClientRect(), svg.getBoundingClientRect()];
    const { x, y, width, height } = extent();
    const inside = (from, length, start, room) => [Math.max(start - from, 0), Math.min(start + room - from, length)];
    const [left, right] = inside(now.left, now.width, frame.left, frame.width).map((at) => at / scale());
    const [top, bottom] = inside(now.top, now.height, frame.top, frame.height).map((at) => at / scale());
    const [wide, high] = [right - left, bottom - top].map((length) => Math.max(length, 0)); // it may lie outside for a moment
    const place = { x: x + left, y: y + top, width: Math.min(wide, width), height: Math.min(high, height) };
    for (const [key, value] of Object.entries(place)) view.setAttribute(key, value);
  }

  function goInMap({ clientX, clientY, buttons }) {
    if (!buttons) return;
    const place = map.firstChild.getBoundingClientRect();
    pane.scrollLeft = ((clientX - place.left) / place.width) * pane.scrollWidth - pane.clientWidth / 2;
    pane.scrollTop = ((clientY - place.top) / place.height) * pane.scrollHeight - pane.clientHeight / 2;
  }

  // ---------------------------------------------------------------- wheel, fingers, mouse, keys

  pane.addEventListener(
    "wheel",
    (event) => {
      const asked = event.ctrlKey || event.metaKey;
      if (event.shiftKey || !(asked || wheel || box.matches(":focus-within"))) return;
      event.preventDefault();
      zoom(scale() * Math.exp(-event.deltaY * (asked ? 0.01 : 0.0015)), event.clientX, event.clientY);
    },
    { passive: false },
  );

  let apart = 0; // two fingers
  const between = ([a, b]) => [Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), (a.clientX + b.clientX) / 2, (a.clientY + b.clientY) / 2];
  pane.addEventListener("touchstart", ({ touches }) => touches.length === 2 && (apart = between(touches)[0]), { passive: true });
  pane.addEventListener(
    "touchmove",
    (event) => {
      if (event.touches.length !== 2) return;
      event.preventDefault();
      const [now, x, y] = between(event.touches);
      zoom((scale() * now) / apart, x, y);
      apart = now;
    },
    { passive: false },
  );

  let held = null; // where the mouse went down
  let dragged = false;
  pane.addEventListener("pointerdown", (event) => {
    dragged = false;
    if (event.pointerType === "mouse" && event.button === 0) held = event;
  });
  pane.addEventListener("dragstart", (event) => event.preventDefault());
  addEventListener("pointermove", (event) => {
    if (!held) return;
    dragged ||= Math.hypot(event.clientX - held.clientX, event.clientY - held.clientY) > STILL;
    if (!dragged) return;
    pane.scrollBy({ left: held.clientX - event.clientX, top: held.clientY - event.clientY, behavior: "instant" });
    held = event;
    moved = true;
  });
  addEventListener("pointerup", () => (held = null));
  pane.addEventListener("click", (event) => dragged && (event.preventDefault(), event.stopPropagation()), true);
  pane.addEventListener("scroll", markView);
  map.addEventListener("pointerdown", goInMap);
  map.addEventListener("pointermove", goInMap);
  new ResizeObserver(() => svg && (moved ? zoom(scale()) : begin())).observe(pane);

  const keys = { "+": () => zoom(scale() * FASTER), "=": () => zoom(scale() * FASTER), "-": () => zoom(scale() / FASTER), 0: () => zoom(fitting()) };
  windows.push(box);
  addEventListener("keydown", (event) => {
    const mine = windows.length === 1 || box.matches(":hover, :focus-within");
    if (!mine || event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
    if (!svg || event.target.closest("input, textarea, select, [contenteditable]")) return;
    event.preventDefault();
    keys[event.key]();
  });

  const first = pane.querySelector("svg");
  if (first) show(first);

  // ---------------------------------------------------------------- doors

  if (packed) {
    const nav = box.insertBefore(make("nav", { className: "trail", ariaLabel: "Place", ariaLive: "polite", hidden: true }), pane);
    const places = [{ title: "", picture: first }];
    const opening = unpacked(packed).then((others) => places.push(...others));
    const open = async (number) => {
      await opening;
      const place = places[number];
      if (!place.picture) {
        pane.insertAdjacentHTML("beforeend", place.svg);
        place.picture = pane.lastElementChild;
      }
      for (const { picture } of places) picture?.toggleAttribute("hidden", picture !== place.picture);
      trail(nav, places, number, open);
      show(place.picture);
      pane.focus({ preventScroll: true });
      keys.Escape = () => number && open(place.around);
    };
    pane.addEventListener("click", (event) => {
      const door = event.target.closest("a")?.href.baseVal.match(/^#view=(\d+)$/);
      if (!door) return;
      event.preventDefault();
      open(Number(door[1]));
    });
  }
  return { show, reveal, pane };
}

// In a dense picture, the edges of a card show when it is pointed at, or has the focus.
function prepare(svg) {
  if (svg.classList.contains("window-picture")) return;
  svg.classList.add("window-picture");
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  const cards = [...svg.querySelectorAll(".card, .node")];
  const edges = [...svg.querySelectorAll(".edge")];
  const title = (part) => part.querySelector("title")?.textContent ?? "";
  if (edges.length < DENSE.edges || edges.length < DENSE.perCard * cards.length || !title(cards[0])) return;
  svg.classList.add("dense");
  const ends = (edge) => (edge.dataset.tail ? [edge.dataset.tail, edge.dataset.head] : title(edge).split("->").map((end) => end.split(":")[0]));
  for (const card of cards) {
    const name = card.classList.contains("card") ? card.id : title(card);
    const mine = edges.filter((edge) => ends(edge).includes(name));
    const point = (on) => () => mine.forEach((edge) => edge.classList.toggle("pointed", on));
    for (const event of ["pointerenter", "focusin"]) card.addEventListener(event, point(true));
    for (const event of ["pointerleave", "focusout"]) card.addEventListener(event, point(false));
  }
}

function button(text, label, act) {
  const made = make("button", { type: "button", textContent: text, ariaLabel: label, title: label });
  made.addEventListener("click", act);
  return made;
}

const make = (name, properties) => Object.assign(document.createElement(name), properties);

function makeSvg(name, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}
