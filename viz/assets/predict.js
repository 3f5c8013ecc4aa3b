"use strict";

// The mode in which a gradient is asked for before it is shown. The player asks this file how far it may go, and whether
// the gradient of a step is still hidden; `redraw` shows the player's current step anew.

function predictor({ steps, known, output, asks }, redraw) {
  const part = (id) => document.getElementById(id);
  const group = part("predict");
  const solved = {}; // by step, how many of its questions
  const told = new Map(); // by step, the verdict on its last answer
  const score = { asked: 0, clean: 0, shown: 0 };
  let on = false;
  let current = -1;
  let spotless = true; // no wrong answer and no hint yet, in this question
  let hinted = 0;

  const questions = (step) => steps[step].questions ?? [];
  const answered = (step) => solved[step] ?? 0;
  const open = (step) => answered(step) < questions(step).length;
  const hides = (step) => on && open(step);
  // In the scene of a step.
  const furthest = (from) => {
    const inside = (step) => steps[step]?.scene === steps[from].scene;
    let step = steps.findIndex((_, number) => inside(number));
    while (inside(step + 1) && !hides(step)) step += 1;
    return step;
  };
  const question = () => questions(current)[answered(current)];

  // Every gradient but those that are asked for now, or were not asked for yet.
  function names() {
    const closed = new Set(steps.flatMap((step, number) => questions(number).slice(answered(number)).map(({ ask }) => ask)));
    const hidden = steps.map(({ gradient }, number) => (open(number) ? gradient : null));
    const array = (name) => name.replace(/\[[\d, ]*\]$/u, "");
    return namesIn(known, output, (name) => !closed.has(name) && !hidden.includes(name) && !hidden.includes(array(name)));
  }

  function show(step) {
    const arrived = step !== current;
    current = step;
    document.body.classList.toggle("finished", steps.every((_, number) => !hides(number)));
    for (const item of document.querySelectorAll(".step")) item.classList.toggle("asked", numberOf(item) === step && hides(step));
    part("score").textContent = tally();
    group.hidden = !on || !(hides(step) || told.has(step));
    if (group.hidden) return;
    document.querySelector(".step[aria-current]").append(group);
    part("verdict").textContent = told.get(step) ?? "";
    for (const piece of group.querySelectorAll(".asking")) piece.hidden = !hides(step);
    if (hides(step) && arrived) ask();
  }

  function ask() {
    [spotless, hinted] = [true, 0];
    part("asked").textContent = words();
    part("how").textContent = howTo(questions(current), output);
    part("answer").value = "";
    part("hints").replaceChildren();
    part("hint").disabled = question().hints.length === 0;
    part("answer").focus({ preventScroll: true });
  }

  const words = () => `What is ${question().ask.startsWith("shape of ") ? "the " : ""}${question().ask}?`;

  // A graph of folded modules may have no gradient that can be found from what it shows.
  function tally() {
    const here = steps.some(({ scene }, number) => scene === steps[current].scene && questions(number).length);
    if (!score.asked) return here ? "" : "Open a module to be asked";
    return `${score.clean} of ${score.asked} right at once${score.shown ? `, ${score.shown} shown` : ""}`;
  }

  function check() {
    const { right, words } = judge(question(), part("answer").value, names());
    if (right) return settle(`Right: ${solution(question())}.`, spotless ? "clean" : "");
    spotless = false;
    tell(words);
    part("answer").select();
  }

  function tell(words) {
    for (const place of ["verdict", "announcement"]) part(place).textContent = words;
    bringIntoView(part("ledger"), part("verdict"));
  }

  function hint() {
    spotless = false;
    const line = document.createElement("li");
    line.textContent = question().hints[hinted++];
    part("hints").append(line);
    part("announcement").textContent = line.textContent;
    bringIntoView(part("ledger"), line);
    if (hinted === question().hints.length) {
      part("hint").disabled = true;
      part("answer").focus();
    }
  }

  function settle(verdict, kind) {
    score.asked += 1;
    if (kind) score[kind] += 1;
    solved[current] = answered(current) + 1;
    told.set(current, verdict);
    redraw(verdict);
    if (hides(current)) ask();
    else part("next").focus();
  }

  function toggle() {
    on = !on;
    document.body.classList.toggle("predicting", on);
    part("predicting").ariaPressed = String(on);
    part("score").hidden = !on;
    const from = current;
    current = -1;
    redraw("", on ? furthest(from) : undefined);
  }

  part("check").addEventListener("click", check);
  part("hint").addEventListener("click", hint);
  part("reveal").addEventListener("click", () => settle(`Shown: ${solution(question())}.`, "shown"));
  part("answer").addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // or the same key would press the button that gets the focus
    check();
  });
  part("predicting").addEventListener("click", toggle);
  part("predicting").hidden = !asks;

  return { hides, furthest, show, toggle, isOn: () => on, question: () => (hides(current) ? words() : "") };
}

// An answer as it is told: four digits, a shape in brackets.
const solution = ({ ask, answer }) => `${ask} = ${Array.isArray(answer) ? `(${answer.join(", ")}${answer.length === 1 ? "," : ""})` : short(answer)}`;
