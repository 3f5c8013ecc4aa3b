// A view: watch a network learn. Python trains it, in short pieces; here is what is seen of it, and what is asked.

import "./training.css";
import { button, make } from "../../dom.js";
import offered from "../../generated/training.json";
import { link } from "../code/share.js";
import { controls } from "./controls.js";
import { curve } from "./curve.js";
import { detail } from "./detail.js";
import { net } from "./net.js";
import { written } from "./numbers.js";
import { plane } from "./plane.js";
import { walk } from "./walk.js";

export const name = "training";
export const title = "Training";

const SPEEDS = [["1", "1 step a second"], ["5", "5 a second"], ["20", "20 a second"], ["60", "60 a second, if it can"], ["0", "as fast as it goes"]]; // prettier-ignore
const PIECE = 0.03; // seconds of steps between two looks, where it goes as fast as it can
const PICTURES = 400; // milliseconds between two pictures of every neuron
const SPOKEN = 1000; // milliseconds between two texts for those who cannot see
const TYPING_PAUSE = 250; // milliseconds until a new setup begins
const STAYS = 15_000; // milliseconds until a call is given up
const SIDE = { playing: 30, still: 64, small: 24 };
const FURTHEST = 200_000; // steps that a link may ask for

export function mount(section, app) {
  const { kernel } = app;
  const call = (name, given = {}, options = { limit: STAYS }) => kernel.call(`training.session.${name}`, given, options);

  // ---------------------------------------------------------------- the parts of the page

  const presets = make("select", { ariaLabel: "Begin with" }, new Option("Begin with …", ""));
  for (const [label, wrong] of [["Things that work", false], ["What goes wrong", true]]) {
    const group = make("optgroup", { label });
    group.append(...offered.presets.filter((preset) => preset.wrong === wrong).map(({ id, title }) => new Option(title, id)));
    presets.append(group);
  }
  presets.addEventListener("change", () => presets.value && choose(presets.value));
  const reset = button("↺ Restart", () => begin(), { title: "Back to the first weights" });
  const back = button("◀ Step", () => to(here() - 1), { ariaLabel: "One step back" });
  const play = button("Play", () => (playing ? pause() : start()), { className: "run play-button" });
  const forth = button("Step ▶", () => step(), { ariaLabel: "One step on" });
  const speed = make("select", { ariaLabel: "Speed" }, ...SPEEDS.map(([value, text]) => new Option(text, value)));
  speed.value = "20";
  const copy = button("Copy link", async () => {
    const address = await link(app.whole());
    await navigator.clipboard.writeText(address).then(() => (copy.textContent = "Copied"), () => prompt("The link", address));
    setTimeout(() => (copy.textContent = "Copy link"), 3000);
  });
  const time = make("input", { type: "range", className: "time", min: 0, max: 0, value: 0, ariaLabel: "Step, back in time" });
  const figures = make("dl", { className: "figures" });
  const figure = Object.fromEntries(
    [["step", "step"], ["epoch", "epoch"], ["train", "loss"], ["held", "loss, held out"], ["right", "right"], ["heldRight", "right, held out"]].map(([key, text]) => {
      const shown = make("dd", { textContent: "–", dataset: { figure: key } });
      figures.append(make("div", {}, make("dt", { textContent: text }), shown));
      return [key, shown];
    }),
  ); // prettier-ignore
  const lesson = make("p", { className: "lesson" });
  const problem = make("p", { className: "problem", role: "alert" });
  const waiting = make("p", { className: "waiting", role: "status", textContent: "starting Python …" });
  const top = make("div", { className: "head" }, make("div", { className: "bar" }, presets, play, back, forth, reset, speed, copy), figures, time);
  const left = make("section", { className: "card data-card", ariaLabel: "Data" }, make("h2", { textContent: "Data" }));
  const middle = make("section", { className: "card net-card", ariaLabel: "Network" });
  const right = make("section", { className: "card plane-card", ariaLabel: "What it has learnt" }, make("h2", { textContent: "What it has learnt" }));
  const model = make("section", { className: "card model-card", ariaLabel: "Network and training" }, make("h2", { textContent: "Network and training" }));
  const one = make("section", { className: "card walk-card", ariaLabel: "One example" }, make("h2", { textContent: "One example" }));
  const about = make("section", { className: "card detail-card", ariaLabel: "Chain rule", hidden: true });
  const side = make("div", { className: "side" }, left, model);
  const centre = make("div", { className: "centre" }, middle, one);
  section.append(top, lesson, problem, waiting, side, centre, right, about);

  const form = controls({
    dataParent: left,
    modelParent: model,
    changed: () => later(),
    rate: (rate) => changeRate(rate),
    drawing: (kind) => (map.drawing = kind),
    cleared: () => form.put("drawn", []),
    copied: () => form.put("drawn", (last?.points ?? []).map(([x, y, kind]) => [Number(x.toFixed(3)), Number(y.toFixed(3)), kind])),
  });
  const map = plane(right, {
    reach: offered.reach,
    dark: app.dark,
    chosen: (i, isOpened = true) => (choosePoint(i), isOpened && pick("point", [i])),
    set: (point) => form.put("drawn", [...form.values.drawn, point]),
    removed: ([x, y]) => form.put("drawn", form.values.drawn.filter((one) => Math.hypot(one[0] - x, one[1] - y) > 1e-6)),
  });
  const losses = curve(right, { dark: app.dark, went: (at) => to(at) });
  const network = net(middle, { dark: app.dark, picked: (kind, place) => pick(kind, place) });
  const example = walk(one, { moved: (state) => network.walk(state), update: () => updateByOne() });
  const behind = detail(about, {
    ask: (name, { kind, place }, options) => call(name, { kind, place, example: chosen }, options),
    picked: (kind, place) => pick(kind, place),
    closed: () => pick(null),
  });

  // ---------------------------------------------------------------- the training, one call at a time

  let last = null; // what `begin` told of the training
  let frame = { step: 0, furthest: 0, events: [] }; // the latest look
  let chosen = 0; // the point that is the example
  let thing = null; // what the chain rule is shown of
  let preset = "";
  let began = null; // the setup of this training
  let playing = false;
  let runs = 0; // how often it was played: what an older run leaves to be done is not done
  let visible = false;
  let generation = 0; // of trainings: what an older one answers is not shown
  let beginning = null; // the step that a training goes to once it has begun; null when it has
  let resumes = false; // whether it is played once it has begun
  let trips = 0; // to steps: an earlier one ends where a later one begins
  let pictured = 0; // when the neurons were last painted
  let spoken = 0;
  let timer = 0;

  const asked = (isStill = !playing) => {
    const wantsPictures = isStill || performance.now() - pictured > PICTURES;
    if (wantsPictures) pictured = performance.now();
    return { side: isStill ? SIDE.still : SIDE.playing, small: wantsPictures ? SIDE.small : 0, example: chosen, since: losses.last };
  };

  const here = () => beginning ?? frame.step;

  function later() {
    preset = "";
    presets.value = "";
    lesson.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(() => begin(), TYPING_PAUSE);
  }

  // Begins the training of the form, and goes to a step of it.
  async function begin({ events = [], step = 0, setup = form.values } = {}) {
    clearTimeout(timer);
    const mine = ++generation;
    began = structuredClone(setup); // the form goes on: its rate becomes that of the step that is shown
    if (preset && JSON.stringify(began) !== JSON.stringify(whole(preset))) preset = presets.value = "";
    resumes = playing && !step;
    playing = false;
    beginning = step;
    const told = await attempt(() => call("begin", { setup: began, events }));
    if (mine !== generation) return;
    const there = beginning; // what was asked for meanwhile
    beginning = null;
    if (!told) return;
    waiting.textContent = "";
    form.wrong(told.error?.field ?? "");
    problem.textContent = told.error?.message ?? "";
    if (told.error) return invalid(told.error.field);
    last = told;
    buttons();
    section.classList.remove("invalid");
    network.build(told, form.values.features);
    map.points(told.points, told.train, told.columns, told.scaled);
    if (chosen >= told.points.length) chosen = 0;
    map.select(chosen);
    example.begin(told);
    if (thing && !exists(thing)) pick(null);
    losses.show(0, [], true, 0);
    await go(there, mine);
    if (resumes && mine === generation) start();
  }

  function invalid(field) {
    last = null;
    section.classList.add("invalid");
    if (field !== "drawn") return buttons();
    map.points([], 0, ["x", "y"], null);
    map.clear();
    buttons();
  }

  const exists = ({ kind, place }) => {
    if (kind === "weight") return place[0] < last.parameters.length;
    return kind === "point" || place[1] < last.sizes[place[0] + 1];
  };

  // Whatever is asked for, with its failure told; undefined then.
  async function attempt(work) {
    try {
      return await work();
    } catch (error) {
      if (error.stopped) return undefined; // the listener of "restart" takes it up
      problem.textContent = error.message;
      pause();
      return undefined;
    }
  }

  async function go(step, mine = generation) {
    if (beginning !== null) return void (beginning = step);
    const trip = ++trips;
    let now = null;
    do {
      const answer = await attempt(() => call("go", { step, seconds: 0.3, ...asked(true) }));
      if (mine !== generation || trip !== trips || !answer) return;
      now = answer;
      show(now, now.step === step || Boolean(now.stopped));
      waiting.textContent = now.step < step && !now.stopped ? `making step ${now.step} of ${step} again …` : "";
    } while (now.step < step && !now.stopped);
    await refresh();
    app.changed();
  }

  function to(step) {
    pause();
    if (!last) return undefined;
    return go(Math.max(0, step));
  }

  async function step() {
    pause();
    if (last) await go(here() + 1);
  }

  async function start() {
    if (playing || !last) return;
    if (beginning !== null) return void (resumes = true);
    playing = true;
    buttons();
    const mine = generation;
    const run = ++runs;
    while (playing && visible && mine === generation && run === runs) {
      const start = performance.now();
      const pace = Number(speed.value);
      const answer = await attempt(() => call("advance", { steps: pace ? 1 : 1_000_000, seconds: PIECE, ...asked() }));
      if (mine !== generation || !answer) break;
      show(answer);
      if (answer.stopped) pause();
      if (thing && performance.now() - spoken > SPOKEN) await refresh();
      const rest = pace ? 1000 / pace - (performance.now() - start) : 0;
      await new Promise((resolve) => setTimeout(resolve, Math.max(rest, 0)));
    }
    if (mine !== generation || run !== runs) return;
    pause();
    const still = await attempt(() => call("look", asked(true)));
    if (mine !== generation || !still || playing) return;
    show({ ...still, stopped: problem.textContent });
    await refresh();
    app.changed();
  }

  function pause() {
    playing = resumes = false;
    buttons();
  }

  async function changeRate(rate) {
    if (!last) return later();
    const mine = generation;
    if (!frame.step) return later(); // before the first step it is the setup's
    const answer = await attempt(() => call("change", { kind: "rate", value: rate, ...asked(true) }));
    if (mine === generation && answer) show(answer);
    app.changed();
  }

  async function updateByOne() {
    pause();
    if (!last) return;
    const mine = generation;
    const answer = await attempt(() => call("change", { kind: "example", value: chosen, ...asked(true) }));
    if (mine !== generation || !answer) return;
    show(answer);
    example.go(-1);
    await refresh();
    app.changed();
  }

  // Python has been started again, in another view: the training is made again, up to where it was.
  kernel.on("restart", () => {
    if (last) begin({ events: frame.events, step: here(), setup: began });
  });

  // ---------------------------------------------------------------- what is seen

  function show(now, isWhole = true) {
    const speaks = !playing || performance.now() - spoken > SPOKEN;
    if (speaks) spoken = performance.now();
    frame = now;
    map.paint(now.boundary);
    losses.show(now.step, now.curve, now.fresh, now.furthest);
    const mine = generation;
    afterwards(() => mine === generation && network.show(now, speaks)); // a task of its own, so that none is long
    example.show(now);
    problem.textContent = now.stopped;
    const share = (x) => (Number.isFinite(Number(x)) ? `${Math.round(100 * x)} %` : "–");
    const loss = (x) => (x === "NaN" ? "–" : written(x));
    const texts = { step: now.step, epoch: now.epoch, train: loss(now.losses[0]), held: loss(now.losses[1]), right: share(now.right[0]), heldRight: share(now.right[1]) };
    for (const [key, text] of Object.entries(texts)) figure[key].textContent = text;
    time.max = Math.max(now.furthest, now.step);
    if (document.activeElement !== time || isWhole) time.value = now.step;
    form.rate = now.rate;
    section.dataset.step = now.step;
    section.dataset.updates = Number(section.dataset.updates ?? 0) + 1; // for those who measure
    buttons();
  }

  let queued = [];
  function afterwards(work) {
    queued.push(work);
    if (queued.length > 1) return;
    setTimeout(() => {
      const all = queued;
      queued = [];
      for (const one of all) one();
    });
  }

  function buttons() {
    play.textContent = playing ? "Pause" : "Play";
    play.disabled = forth.disabled = !last;
    back.disabled = !last || !here();
  }

  let dragged = null; // the step that the slider was last moved to, while one is on its way
  time.addEventListener("input", async () => {
    pause();
    const isWaiting = dragged !== null;
    dragged = time.valueAsNumber;
    if (isWaiting) return;
    while (dragged !== null) {
      const at = dragged;
      await to(at);
      if (dragged === at) dragged = null;
    }
  });

  // ---------------------------------------------------------------- one example, and what is behind a number

  async function choosePoint(i) {
    if (!last) return;
    chosen = i;
    map.select(i);
    if (playing) return;
    const mine = generation;
    const answer = await attempt(() => call("look", asked(true)));
    if (mine === generation && answer) show(answer);
    app.changed();
  }

  async function pick(kind, place) {
    thing = kind ? { kind, place } : null;
    network.pick(kind, place);
    if (!thing) behind.hide();
    await refresh();
    if (!playing) app.changed();
  }

  async function refresh() {
    if (!thing || !last) return;
    const known = { names: last.parameters, parameter: network.parameter, sizes: last.sizes };
    const mine = thing;
    await attempt(() => behind.show(thing, known, frame));
    if (thing !== mine && thing) await refresh();
  }

  // ---------------------------------------------------------------- presets and links

  const whole = (id) => ({ ...offered.usual, ...offered.presets.find((one) => one.id === id)?.setup });

  function choose(id) {
    const found = offered.presets.find((one) => one.id === id) ?? offered.presets[0];
    preset = presets.value = found.id;
    lesson.textContent = found.lesson;
    form.set(found.setup);
    chosen = 0;
    return begin();
  }

  function state() {
    const usual = offered.usual;
    const changed = Object.entries(began ?? form.values).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(usual[key]));
    const setup = preset ? {} : Object.fromEntries(changed);
    return {
      ...setup, preset, step: frame.step, events: frame.events.map((event) => event.join(" ")), example: chosen,
      kind: thing?.kind ?? "", place: thing?.place ?? [], speed: speed.value, log: losses.log,
    }; // prettier-ignore
  }

  function open(told) {
    if (SPEEDS.some(([value]) => value === told.speed)) speed.value = told.speed;
    if (typeof told.log === "boolean") losses.log = told.log;
    if (Number.isInteger(told.example) && told.example >= 0) chosen = told.example;
    const events = (Array.isArray(told.events) ? told.events : []).map((text) => String(text).split(" ")).map(([step, kind, value]) => [Number(step), kind, Number(value)]);
    const step = Number.isInteger(told.step) ? Math.max(0, Math.min(told.step, FURTHEST)) : 0;
    const known = offered.presets.find(({ id }) => id === told.preset);
    const isOwn = Object.keys(offered.usual).some((key) => key in told);
    const shown = known ?? (isOwn ? null : offered.presets[0]);
    preset = presets.value = shown?.id ?? "";
    lesson.textContent = shown?.lesson ?? "";
    form.set(shown ? shown.setup : own(told));
    const hasThing = ["weight", "neuron", "point"].includes(told.kind) && Array.isArray(told.place) && told.place.every(Number.isInteger);
    thing = hasThing ? { kind: told.kind, place: told.place } : null;
    network.pick(thing?.kind, thing?.place);
    if (!thing) behind.hide();
    begin({ events, step });
  }

  // The fields that a link may set, of the right type; Python looks at them as well.
  function own(told) {
    const fits = ([key, usual]) => typeof told[key] === typeof usual && Array.isArray(told[key]) === Array.isArray(usual);
    return Object.fromEntries(Object.entries(offered.usual).filter(fits).map(([key]) => [key, told[key]]));
  }

  speed.addEventListener("change", () => app.changed());
  window.twingrad.training = { get frame() { return frame; }, get curve() { return losses.points; }, get last() { return last; } }; // for tests

  return {
    show() {
      visible = true;
      network.layout();
      map.draw();
    },
    hide() {
      visible = false;
      pause();
    },
    state,
    open,
  };
}
