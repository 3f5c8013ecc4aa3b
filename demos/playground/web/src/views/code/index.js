// The first view: a person's own program, and all that can be seen of it.

import { button, make } from "../../dom.js";
import examples from "../../generated/examples.json";
import { LATE } from "../../kernel.js";
import { player } from "../../player.js";
import { editor } from "./editor.js";
import { graph } from "./graph.js";
import { leafTable } from "./leaves.js";
import { ledger } from "./ledger.js";
import { download, link, notebook } from "./share.js";

export const name = "code";
export const title = "Code";

const TYPING_PAUSE = 40; // milliseconds after the last key
const SECONDS = 5; // that a program has while it is typed
const MORE_SECONDS = 60; // with the button
const QUIET = 150; // milliseconds between a picture and the table of its chain rule
const GRACE = 1500; // milliseconds until a program that does not stop by itself is ended with its worker
const STOPPED = "Stopped.";
const STAYS = 8000; // milliseconds for what is told of a program, before a picture is given up

export function mount(section, app) {
  const { kernel } = app;
  const left = make("div", { className: "side" });
  const right = make("div", { className: "stage" });
  section.append(left, right);

  // ---------------------------------------------------------------- the program

  const choice = make("select", { ariaLabel: "Examples" }, new Option("Examples …", ""));
  for (const [group, entries] of Map.groupBy(examples, ({ group }) => group)) {
    const part = make("optgroup", { label: group });
    part.append(...entries.map(({ id, title }) => new Option(title, id)));
    choice.append(part);
  }
  const runButton = button("Run", () => run(true), { className: "run", title: "Ctrl+Enter: with up to a minute of time" });
  const stopButton = button("Stop", () => kernel.stop(STOPPED), { className: "stop", hidden: true });
  const share = make("details", { className: "share" }, make("summary", { textContent: "Share" }));
  const shared = make("div", { className: "menu" });
  share.append(shared);
  document.addEventListener("click", ({ target }) => share.contains(target) || (share.open = false));
  share.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || !share.open) return;
    share.open = false;
    share.firstChild.focus();
  });
  const toolbar = make("div", { className: "bar" }, choice, runButton, stopButton, share);
  const about = make("p", { className: "about" });
  const asked = make("div", { className: "asked", role: "status", hidden: true });
  const code = make("div", { className: "editor" });
  const hint = make("p", { id: "editor-hint", className: "spoken", textContent: "Escape and then Tab leaves the editor." });
  const problem = make("p", { className: "problem", role: "status" });
  left.append(toolbar, about, asked, code, hint, problem);
  const text = editor(code, { changed: typed, run: () => run(true) });

  // ---------------------------------------------------------------- what is seen of it

  const value = make("output", { className: "value" });
  const waiting = make("span", { className: "waiting", role: "status" });
  const tabs = make("div", { className: "tabs", role: "group", ariaLabel: "What is shown" });
  const head = make("div", { className: "head" }, value, waiting, tabs);
  const pictured = make("div", { className: "panel" });
  const played = make("div", { className: "panel play", hidden: true });
  const ruled = make("section", { className: "rule" }, make("h2", { textContent: "Chain rule" }));
  right.append(head, pictured, played, ruled);
  const picture = graph(pictured, app, { changed: () => (app.changed(), look()) });
  const table = ledger(ruled);
  const stage = player(played, { stepped: (at) => ((step = at), app.changed()) });

  const numbers = make("section", { className: "numbers" }, make("h2", { textContent: "Numbers" }));
  const leaves = leafTable(numbers, { moved: () => (app.changed(), schedule(0)) });
  const outcome = make("section", { className: "printed" }, make("h2", { textContent: "Printed" }));
  const printed = make("pre", { tabIndex: 0, ariaLabel: "Printed output", role: "region" });
  outcome.append(printed);
  left.append(numbers, outcome);

  let panel = "graph";
  let step = 0; // of the player
  let example = "";
  for (const [key, words] of [["graph", "Graph"], ["play", "Play"], ["predict", "Predict"]]) {
    const tab = button(words, () => showPanel(key), { dataset: { panel: key }, ariaPressed: String(key === panel) });
    tabs.append(tab);
  }

  function showPanel(key) {
    panel = key;
    step = 0;
    for (const tab of tabs.children) tab.ariaPressed = String(tab.dataset.panel === key);
    section.classList.toggle("asking", key === "predict");
    pictured.hidden = key !== "graph";
    played.hidden = key === "graph";
    app.changed();
    look();
  }

  // ---------------------------------------------------------------- running, one program at a time

  let timer = 0;
  let running = false;
  let outdated = false; // the program or a number has changed since the run that is on its way
  let seconds = SECONDS;
  let current = null; // the run that is on its way: its program, and the time that it has
  let last = null; // the latest answer
  let trusted = true; // a program from a link waits for a click
  let gone = false; // whether Python has forgotten the latest program
  kernel.on("restart", () => (gone = true));

  function typed() {
    text.mark(0);
    example = choice.value = "";
    app.changed();
    schedule(TYPING_PAUSE);
  }

  function schedule(pause) {
    if (!trusted) return;
    clearTimeout(timer);
    timer = setTimeout(() => run(), pause);
  }

  async function run(asked = false) {
    trust();
    clearTimeout(timer);
    outdated = true;
    wake();
    if (asked) seconds = MORE_SECONDS;
    if (running) {
      // A minute is not waited for once the program is another one.
      if (current.seconds === MORE_SECONDS && current.source !== text.text && !stopButton.hidden && kernel.started) kernel.stop(STOPPED);
      return;
    }
    running = true;
    const slow = setTimeout(() => ((stopButton.hidden = false), (waiting.textContent = kernel.started ? "running …" : "starting Python …")), 400);
    while (outdated) {
      outdated = false;
      current = { source: text.text, seconds };
      seconds = SECONDS;
      await once(current.seconds).catch((error) => failed(error));
    }
    clearTimeout(slow);
    stopButton.hidden = true;
    waiting.textContent = "";
    running = false;
  }

  async function once(seconds) {
    gone = false;
    const answer = await ask(app, text.text, leaves.numbers, seconds);
    last = answer;
    showAnswer(answer);
    if (answer.output === null) return;
    again = true;
    while (again && !outdated) {
      again = false;
      if (section.hidden) stale = true;
      else await view();
    }
  }

  let looking = Promise.resolve();
  let again = false; // whether something has been asked of the picture since it was drawn
  let stale = false; // whether the picture has to be looked at when this view is shown again
  async function look() {
    wake();
    if (running) return void (again = true); // the run on its way looks at its end
    if (!last?.output) return;
    if (gone) return void run();
    if (section.hidden) return void (stale = true); // nothing can be measured that is not on the page
    again = true;
    looking = looking.then(whileAgain).catch(failed);
    await looking;
  }

  async function whileAgain() {
    while (again && !running) {
      again = false;
      await view();
    }
  }

  // The picture first, then what takes longer to be read.
  async function view() {
    if (panel === "graph") {
      picture.show(await kernel.call("view.picture", picture.question(), { limit: STAYS }), last.modules ?? []);
      section.dataset.pictures = Number(section.dataset.pictures ?? 0) + 1; // for those who measure
    } else await play();
    if (!last.error) section.classList.remove("outdated");
    await quiet();
    if (outdated || again) return;
    table.show(await kernel.call("view.ledger", {}, { limit: STAYS }));
  }

  // A moment in which nothing is asked: a table that takes its time is no hindrance to the next key.
  let wake = () => {};
  const quiet = () => new Promise((resolve) => ((wake = resolve), setTimeout(resolve, QUIET)));

  async function play() {
    const html = await kernel.call("view.player", { title: titleOf() }, { limit: 2 * STAYS });
    if (html === play.shown && panel === play.panel) return;
    [play.shown, play.panel] = [html, panel];
    stage.show(html, panel === "predict" ? "predict" : String(step || ""));
  }

  const titleOf = () => last?.output?.split(" = ")[0] ?? "";

  function failed(error) {
    if (error.stopped) {
      problem.replaceChildren("The picture took too long, and was given up; Python has been started again. Make a part of the graph the last line.");
      return;
    }
    problem.replaceChildren(error.message);
  }

  function showAnswer(answer) {
    const { error, output, value: number } = answer;
    problem.replaceChildren(...(error ? told(error) : []));
    text.mark(error?.line ?? 0);
    printed.textContent = answer.printed + (answer.lost ? `\n… and ${answer.lost.toLocaleString("en")} characters more` : "");
    outcome.hidden = !answer.printed;
    section.classList.toggle("outdated", Boolean(error));
    if (output === null) {
      if (!error) nothing();
      return;
    }
    value.value = output;
    value.dataset.number = number;
    leaves.show(answer.leaves ?? [], answer.others ?? 0);
    numbers.hidden = !answer.leaves?.length;
  }

  function nothing() {
    value.value = "";
    picture.clear();
    table.clear();
    numbers.hidden = true;
    stage.clear();
    play.shown = "";
  }

  function told({ line, message }) {
    if (!line) return [message];
    return [button(`Line ${line}`, () => text.goTo(line), { className: "line" }), `: ${message}`];
  }

  // ---------------------------------------------------------------- links, examples

  function trust() {
    trusted = app.trusted = true;
    asked.hidden = true;
  }

  function choose(id) {
    const chosen = examples.find((one) => one.id === id) ?? examples[0];
    leaves.numbers = {};
    example = chosen.id;
    text.text = chosen.source;
    about.textContent = chosen.about;
    choice.value = chosen.id;
  }

  choice.addEventListener("change", () => {
    if (!choice.value) return;
    choose(choice.value);
    run();
    app.changed();
  });

  function open(state, { trusted: own = true } = {}) {
    clearTimeout(timer);
    if (typeof state.panel === "string" && ["graph", "play", "predict"].includes(state.panel)) showPanel(state.panel);
    if (Number.isInteger(state.step)) step = state.step;
    play.shown = ""; // to be opened at that step
    picture.options = state;
    if (typeof state.code === "string") {
      text.text = state.code;
      example = "";
      about.textContent = "";
      choice.value = "";
    } else choose(state.example);
    clearTimeout(timer);
    leaves.numbers = state.inputs;
    trusted = app.trusted = own || typeof state.code !== "string";
    if (trusted) return void run();
    asked.hidden = false;
    nothing();
    asked.replaceChildren("This program came with the link. ", button("Run it", () => run(), { className: "run" }), " It can reach no network, nothing that is stored, and no other page.");
  }

  const state = () => ({
    ...(example ? { example } : { code: text.text }), ...picture.options, panel, step, inputs: leaves.numbers,
  }); // prettier-ignore

  const done = (words) => {
    share.open = false;
    waiting.textContent = words;
    setTimeout(() => (waiting.textContent = running ? waiting.textContent : ""), 4000);
  };
  shared.append(
    button("Copy link", async () => {
      const address = await link(app.whole());
      await navigator.clipboard.writeText(address).then(() => done("The link is copied."), () => prompt("The link", address));
    }),
    button("Download as one file", () => download(app.whole()).then(() => done(""), (error) => done(error.message))),
    button("Download as notebook", () => (notebook(text.text, /^\w+$/.test(titleOf()) ? titleOf() : ""), done(""))),
  );

  function show() {
    if (stale) look();
    stale = false;
  }

  return { show, open, state };
}

const NOTHING = { value: null, gradients: {}, printed: "", lost: 0, output: null, leaves: [], others: 0, nodes: 0, modules: [] };

// What is told of a program; of one that Python could not end by itself, too.
async function ask({ kernel, sympy }, source, inputs = {}, seconds = SECONDS) {
  let line = 0; // where the program is
  const silence = kernel.on("line", (at) => (line = at));
  try {
    const files = /^\s*(import|from)\s+sympy\b/m.test(source) ? await sympy() : null;
    if (files) seconds = MORE_SECONDS; // to read it for the first time takes several
    return await kernel.call("program.run", { source, inputs, seconds }, { limit: 1000 * seconds + GRACE, files });
  } catch (error) {
    if (!error.stopped) throw error;
    const what = line ? "This line" : "The program";
    const late = `${what} did not come to an end, or took too much memory`;
    const message = `${error.message === LATE ? late : error.message}: Python was stopped, and has been started again.`;
    return { ...NOTHING, error: { line: line || null, message: error.message === STOPPED ? STOPPED : message } };
  } finally {
    silence();
  }
}

// For tests: a program's value and gradients.
export async function answerTo(source, app) {
  const { value, gradients, error } = await ask(app, source);
  const numbers = Object.entries(gradients).map(([label, x]) => [label, Number(x)]);
  return { value: value === null ? null : Number(value), gradients: Object.fromEntries(numbers), error };
}
