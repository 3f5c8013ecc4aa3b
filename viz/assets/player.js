"use strict";

// The page holds every step already written out. This script shows them one at a time, and lights up the picture.

const SECONDS_PER_STEP = 2;

const element = (id) => document.getElementById(id);
const data = JSON.parse(element("data").textContent);
const { steps, scenes, output, nudges } = data;
const view = document.querySelector("#picture > svg") ? pictureWindow(element("picture")) : null;
const path = element("picture").insertBefore(make("nav", { id: "path", className: "trail", ariaLabel: "Scene", hidden: true }), element("picture").firstChild);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// At which step each variable gets its value, and at which its gradient.
const arrival = { forward: new Map(), backward: new Map() };
function arrive(from) {
  steps.slice(from).forEach(({ phase, variables }, i) => {
    for (const id of variables) arrival[phase].set(id, from + i);
  });
}
arrive(0);

// What is behind doors comes packed, and becomes a part of the page when its door is opened.
const parts = [{ picture: view?.pane.querySelector("svg") }];
const packed = document.querySelector(".packed");
const opening = packed ? unpacked(packed).then(unpack) : null;
let [cards, edges] = [[], []]; // of the scenes that have been open
collect();

function unpack([later, ...others]) {
  parts.push(...others);
  arrive(steps.push(...later) - later.length);
}

function collect() {
  [cards, edges] = [".card", ".edge"].map((kind) => [...document.querySelectorAll(kind)]);
}

function build(part) {
  element("ledger").insertAdjacentHTML("beforeend", part.list);
  delete part.list;
  if (!view) return;
  view.pane.insertAdjacentHTML("beforeend", part.svg);
  part.picture = view.pane.lastElementChild;
  collect();
}

let current = 0;
let playing = 0; // the timer's number, 0 while the player stands still
let linking = 0;
let scene = -1; // what is open: the whole graph, 0, or what is behind a door
const left = new Map(); // at which step each scene was left
const predict = predictor(data, (verdict, number = current) => show(number, verdict));

// ---------------------------------------------------------------- showing a step

function show(number, verdict = "") {
  const wanted = Math.min(Math.max(number, 0), data.count - 1);
  if (!steps[wanted]) return opening.then(() => show(number, verdict));
  const entered = openScene(steps[wanted].scene);
  const [first, last] = bounds();
  const furthest = predict.furthest(wanted);
  current = entered && predict.isOn() && wanted === first ? furthest : Math.min(wanted, furthest); // to the question
  lightPicture(steps[current], predict.hides(current));
  writeLedger();
  predict.show(current);
  announce(verdict);
  const [at, count] = [current - first + 1, last - first + 1];
  Object.assign(element("position"), { max: count, value: at, ariaValueText: `${at} of ${count}, ${steps[current].phase}` });
  element("count").value = `${at} / ${count}`;
  element("back").ariaDisabled = current === first; // "disabled" would take the focus away
  element("next").ariaDisabled = current === furthest;
  if (parent !== window) parent.postMessage({ step: current + 1 }, "*"); // a page around may keep it
  clearTimeout(linking); // browsers limit how often the address may change
  if (location.protocol === "about:") return; // inside a notebook, where the address is the notebook's
  linking = setTimeout(() => history.replaceState(null, "", `#step=${current + 1}`), 200);
}

const bounds = () => [scenes[scene].first, (scenes[scene + 1]?.first ?? data.count) - 1];

function openScene(wanted) {
  if (wanted === scene) return false;
  if (scene >= 0) left.set(scene, current);
  scene = wanted;
  document.querySelector("main").className = scenes[scene].shape;
  if (parts[scene].list) build(parts[scene]);
  parts.forEach(({ picture }, number) => picture?.toggleAttribute("hidden", number !== scene));
  view?.show(parts[scene].picture);
  trail(path, scenes, scene, leave);
  return true;
}

const leave = (around) => goTo(left.get(around) ?? scenes[around].first);

// A hidden step shows neither its gradient nor its uses.
function lightPicture({ phase, variables, edges: uses }, hidden) {
  const graded = hidden ? current - 1 : current;
  const active = hidden ? [] : uses;
  const sources = new Set();
  for (const edge of edges) {
    const now = active.includes(edge.id);
    const { tail, head } = edge.dataset;
    if (now) sources.add(phase === "forward" ? tail : head);
    edge.classList.toggle("active", now);
    edge.classList.toggle("sent", arrival.backward.get(tail) <= graded);
  }
  for (const card of cards) {
    const value = arrival.forward.get(card.id);
    const gradient = arrival.backward.get(card.id);
    card.classList.toggle("valued", value <= current);
    card.classList.toggle("graded", gradient <= graded);
    card.classList.toggle("source", sources.has(card.id));
    card.classList.toggle("active", variables.includes(card.id));
    const target = phase === "backward" && gradient !== undefined ? gradient : value;
    card.setAttribute("href", `#step=${(card.dataset.door ? scenes[card.dataset.door].first : target) + 1}`);
  }
  document.body.dataset.phase = phase;
  if (variables.length === 1) view?.reveal(element(variables[0]));
}

function writeLedger() {
  for (const item of document.querySelectorAll(".step")) {
    const number = numberOf(item);
    item.hidden = number > current || steps[number].scene !== scene;
    item.ariaCurrent = number === current ? "step" : null;
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = !section.querySelector(".step:not([hidden])");
  }
  const item = itemOf(current);
  bringIntoView(element("ledger"), item, item.closest("section").firstElementChild.offsetHeight);
}

const itemOf = (number) => element(`step=${number + 1}`);
const numberOf = (item) => item.id.slice("step=".length) - 1;

function announce(verdict) {
  const words = predict.question() || itemOf(current).querySelector(".words").textContent;
  element("announcement").textContent = [verdict, `Step ${current - bounds()[0] + 1}. ${words}`].filter(Boolean).join(" ");
}

// Scrolls only the box, where scrollIntoView would move the page too. A heading covers the top of it.
function bringIntoView(box, part, covered = 0) {
  if (!part) return;
  const frame = box.getBoundingClientRect();
  const place = part.getBoundingClientRect();
  box.scrollBy({
    left: shift(place.left, place.width, frame.left, frame.width),
    top: shift(place.top, place.height, frame.top + covered, frame.height - covered),
    behavior: calm.matches ? "auto" : "smooth",
  });
}

// How far to scroll until the part stands in the middle; its beginning, when it is longer than the frame.
function shift(start, length, frameStart, frameLength) {
  if (start >= frameStart && start + length <= frameStart + frameLength) return 0;
  return start - frameStart - Math.max(0, (frameLength - length) / 2);
}

// ---------------------------------------------------------------- playing

function play() {
  if (current === bounds()[1]) show(bounds()[0]);
  playing = setTimeout(advance, (SECONDS_PER_STEP * 1000) / element("speed").value);
  element("play").textContent = "Pause";
}

function advance() {
  show(current + 1);
  if (current === predict.furthest(current)) pause();
  else play();
}

function pause() {
  clearTimeout(playing);
  playing = 0;
  element("play").textContent = "Play";
}

function goTo(number) {
  pause();
  show(number);
}

// ---------------------------------------------------------------- the nudge

function nudge() {
  const { name, x, slope, step, values } = nudges[element("nudged").value];
  const middle = (values.length - 1) / 2;
  const by = Number(element("by").value);
  const at = { name, output, x, value: values[middle], slope, h: by * step, moved: values[middle + by] };
  const words = nudgeWords(at);
  element("told").textContent = words;
  element("by").ariaValueText = `h = ${short(at.h)}`;
  drawNudge(element("curve").firstChild, { ...at, words, values, places: values.map((_, i) => x + (i - middle) * step) });
}

if (nudges.length) {
  const middle = (nudges[0].values.length - 1) / 2;
  element("curve").append(part("svg", {}));
  Object.assign(element("by"), { min: -middle, max: middle, step: 1, value: middle / 4 });
  element("nudged").replaceChildren(...nudges.map(({ name }, i) => new Option(name, i)));
  element("nudged").addEventListener("change", nudge);
  element("by").addEventListener("input", nudge);
  element("nudge").hidden = false;
  nudge();
}

// ---------------------------------------------------------------- mouse, keyboard, link

const move = (number) => goTo(Math.min(Math.max(number, bounds()[0]), bounds()[1])); // inside the scene

const keys = {
  ArrowLeft: () => move(current - 1),
  ArrowRight: () => move(current + 1),
  Home: () => move(0),
  End: () => move(Infinity),
  Escape: () => scene && leave(scenes[scene].around),
  " ": () => (playing ? pause() : play()),
};

addEventListener("keydown", (event) => {
  const ownKeys = event.key !== "Escape" && event.target.closest("button, select, input, summary"); // they use keys themselves
  if (ownKeys || event.ctrlKey || event.altKey || event.metaKey || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});

function openLink(address) {
  const match = /#step=(\d+)$/.exec(address);
  if (match) goTo(match[1] - 1);
}

element("play").addEventListener("click", keys[" "]);
element("back").addEventListener("click", keys.ArrowLeft);
element("next").addEventListener("click", keys.ArrowRight);
element("position").addEventListener("input", (event) => goTo(bounds()[0] + event.target.value - 1));
// A link to a step is followed at once; the address comes after, as for every other way to a step.
addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault(); // in a frame, the browser would look for the place in the page around
  const address = link.getAttribute("href");
  openLink(address);
  if (link.matches(".skip")) element(address.slice(1)).focus();
});
// The event's own address: by now `show` may have written an earlier step into the page's.
addEventListener("hashchange", (event) => openLink(event.newURL));

element("controls").hidden = false;
document.body.classList.add("playable");
show(0);
const { open } = document.documentElement.dataset; // in a frame, which has no address, the page around says what to open
openLink(open ? `#step=${open}` : location.href);
if ([location.hash, `#${open}`].includes("#predict")) predict.toggle();
