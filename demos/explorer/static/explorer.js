// The page holds the expression and its inputs, and asks the server for everything else. A link holds them too.
//
// Per expression, graph and ledger come once, with places for the numbers. Per change only the numbers come.

const RANGE = { low: -5, high: 5 }; // of a new slider
const TYPING_PAUSE = 40; // milliseconds after the last key
const ROOM = 11; // characters that a number may take in the picture before it is condensed
const MARGIN = 4; // around the picture
const GONE = "the explorer does not answer: start it again with python -m demos explore";
const END = "\u200b"; // without it, a last line that is empty would not count

// Who answers, and where the state is kept: the server and the address, or the playground around this page.
const home = globalThis.explorerHome ?? {
  async ask(path, body, signal) {
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal }).catch((error) => {
      throw error.name === "AbortError" ? error : new Error(GONE);
    });
    if (!response.ok) throw new Error(`the server refused this: ${response.status} ${response.statusText}`);
    return response.json();
  },
  read: () => location.hash,
  keep: (link) => history.replaceState(null, "", link),
  hear: (open) => addEventListener("hashchange", (event) => open(new URL(event.newURL).hash)),
};

const element = (id) => document.getElementById(id);
const expression = element("expression");
const messages = element("messages");
const view = pictureWindow(element("picture"), { wheel: false }); // where the page scrolls, the wheel zooms with Ctrl
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 50rem)");

const inputs = new Map(); // by name: {value, low, high}, also of names that are just not written
let names = []; // of the expression on display
let drawn = ""; // which expression and look the picture on display is of
let places = []; // its places for numbers, by their index

// ---------------------------------------------------------------- asking, one question at a time

let asking = false;
let outdated = false; // there has been a change since the question that is being asked
let controller = new AbortController();

async function refresh() {
  outdated = true;
  if (asking) return; // the loop below goes round once more: a slider is followed as fast as answers come
  asking = true;
  while (outdated) {
    outdated = false;
    controller = new AbortController();
    await ask(question()).catch(report);
  }
  asking = false;
}

function question() {
  const values = Object.fromEntries([...inputs].map(([name, { value }]) => [name, value]));
  return { expression: expression.value, inputs: values };
}

function look() {
  return {
    palette: dark.matches ? "dark" : "light",
    direction: narrow.matches ? "TB" : "LR",
    messages: messages.checked,
  };
}

async function ask(question) {
  const numbers = await post("numbers", question);
  showProblem(numbers);
  if (numbers.inputs) showInputs(numbers.inputs);
  document.body.classList.toggle("outdated", "error" in numbers);
  if ("error" in numbers) return;
  showValues(numbers);
  const wanted = JSON.stringify([question.expression, look()]);
  document.body.classList.toggle("drawing", wanted !== drawn);
  if (wanted !== drawn) {
    const drawing = await post("drawing", { ...question, ...look() });
    showDrawing(drawing);
    drawn = wanted;
    document.body.classList.remove("drawing");
  }
  fillPlaces(numbers);
  await askNudge();
}

const post = (path, body) => home.ask(path, body, controller.signal);

function report(error) {
  if (error.name === "AbortError") return;
  showProblem({ error: error.message });
  document.body.classList.add("outdated");
}

// ---------------------------------------------------------------- showing

// The parser says where a mistake begins, in characters; the word or sign there is underlined.
function showProblem({ error = "", column }) {
  element("problem").textContent = error;
  expression.ariaInvalid = String(column !== undefined);
  if (column === undefined) return element("underline").replaceChildren(expression.value, END);
  const characters = [...expression.value];
  const before = characters.slice(0, column).join("");
  const rest = characters.slice(column).join("");
  const mark = document.createElement("mark");
  mark.textContent = /^([\p{L}\p{N}_.]+|\*\*|.)/u.exec(rest)?.[0] ?? "\u00a0"; // behind the end there is nothing
  element("underline").replaceChildren(before, mark, rest.slice(mark.textContent.length), END);
}

function showInputs(given) {
  for (const { name, value } of given) {
    if (!inputs.has(name)) inputs.set(name, { value, ...rangeAround(value) });
  }
  const now = given.map(({ name }) => name);
  if (now.join() !== names.join()) {
    names = now;
    element("inputs").replaceChildren(...names.map(inputRow));
  }
  keepLink();
}

function showDrawing({ ledger, svg, error }) {
  const table = new DOMParser().parseFromString(ledger, "text/html").querySelector("tbody");
  element("ledger").replaceChildren(...table.rows);
  element("legend").replaceChildren();
  if (svg) showPicture(new DOMParser().parseFromString(svg, "image/svg+xml").documentElement);
  else view.pane.textContent = error;
  const texts = [...document.querySelectorAll("#picture text")];
  const widths = texts.map((text) => text.getComputedTextLength()); // all of them before the first is changed
  places = texts.flatMap((text, position) => placesIn(text, widths[position]));
}

function showPicture(svg) {
  svg.role = "img";
  svg.ariaLabel = "The graph; its numbers stand in the table of the chain rule";
  view.pane.replaceChildren(svg);
  const graph = svg.querySelector(".graph");
  graph.removeAttribute("transform");
  const [paper, ...legend] = [...graph.children].filter(({ tagName }) => !["g", "title"].includes(tagName));
  paper.remove(); // the page has its own
  const key = document.createElementNS(svg.namespaceURI, "svg");
  key.append(...legend); // so that it is seen wherever a large picture is scrolled to
  element("legend").replaceChildren(key);
  crop(key, key);
  crop(svg, graph);
  view.show(svg);
}

function crop(svg, content) {
  const { x, y, width, height } = content.getBBox();
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.setAttribute("viewBox", [x - MARGIN, y - MARGIN, width + 2 * MARGIN, height + 2 * MARGIN].join(" "));
  svg.style.setProperty("--width", `${width + 2 * MARGIN}px`);
}

// The picture was laid out with an index of ten digits in place of each number.
function placesIn(text, width) {
  const parts = text.textContent.split(/\b(\d{10})\b/);
  if (parts.length === 1) return [];
  const onEdge = text.closest(".edge");
  if (onEdge) alignMessage(text, parts, width);
  else align(text, "end", Number(text.getAttribute("x")) + width);
  const nodes = parts.map((part) => document.createTextNode(part));
  text.replaceChildren(...nodes);
  const numbers = nodes.filter((_, position) => position % 2);
  return numbers.map((node) => ({ node, index: Number(node.data), text, room: onEdge ? Infinity : width }));
}

// Two lines, one below the other: upstream · local, and = product, whose sign is a text of its own.
function alignMessage(text, parts, width) {
  const before = text.previousElementSibling;
  if (before?.textContent.trim() !== "=") return align(text, "middle", Number(text.getAttribute("x")) + width / 2);
  parts[0] = "= ";
  align(text, "middle", before.previousElementSibling.getAttribute("x"));
  before.remove();
}

function align(text, anchor, x) {
  text.setAttribute("text-anchor", anchor);
  text.setAttribute("x", x);
}

function showValues({ output, value, gradients, conventions }) {
  element("value").textContent = `${output} = ${value}`;
  names.forEach((name, position) => {
    const row = element("inputs").children[position];
    row.querySelector(".gradient").textContent = `∂${output}/∂${name} = ${gradients[position]}`;
  });
  element("conventions").replaceChildren(...conventions.map(item));
  const values = names.map((name) => [name, inputs.get(name).value]);
  element("play").href = `play?${new URLSearchParams([["e", expression.value], ...values])}`;
}

function fillPlaces({ picture, ledger, reasons, rules }) {
  for (const { node, index, text, room } of places) {
    node.data = picture[index];
    if (node.data.length > ROOM && room < Infinity) text.setAttribute("textLength", room);
    else text.removeAttribute("textLength");
  }
  document.querySelectorAll("#ledger .place").forEach((place, position) => {
    place.textContent = ledger[position];
  });
  document.querySelectorAll("#ledger .why").forEach((cell, position) => {
    cell.replaceChildren(...reasons[position].map(paragraph));
  });
  element("rules").replaceChildren(...rules.map(item));
}

function item(text) {
  const line = document.createElement("li");
  line.textContent = text;
  return line;
}

function paragraph(text) {
  const line = document.createElement("p");
  line.textContent = text;
  return line;
}

// ---------------------------------------------------------------- the nudge

async function askNudge() {
  element("nudge").hidden = names.length === 0;
  if (!names.length) return;
  const select = element("moved");
  if ([...select.options].map(({ value }) => value).join() !== names.join()) {
    const before = select.value;
    select.replaceChildren(...names.map((name) => new Option(name, name)));
    if (names.includes(before)) select.value = before;
  }
  const by = element("by").valueAsNumber;
  if (!Number.isFinite(by) || by === 0) return;
  const answer = await post("nudge", { ...question(), move: select.value, by });
  if ("error" in answer) return;
  const words = nudgeWords(answer);
  element("told").textContent = words;
  drawNudge(element("curve"), { ...answer, words });
}

// ---------------------------------------------------------------- the inputs

function inputRow(name) {
  const row = element("input").content.cloneNode(true).firstElementChild;
  const field = (kind) => row.querySelector(`.${kind}`);
  const input = inputs.get(name);
  field("number").id = `input-${name}`;
  field("name").htmlFor = `input-${name}`;
  field("name").textContent = name;
  field("slider").ariaLabel = `${name}, slider`;
  field("low").ariaLabel = `${name}, lowest`;
  field("high").ariaLabel = `${name}, highest`;

  const show = (except) => {
    for (const kind of ["low", "high"]) if (field(kind) !== except) field(kind).value = input[kind];
    Object.assign(field("slider"), { min: input.low, max: input.high, step: stepOf(input) });
    field("slider").value = input.value;
    if (field("number") !== except) field("number").value = input.value;
  };
  const listen = (kind, event, change) =>
    field(kind).addEventListener(event, ({ target }) => {
      const number = target.valueAsNumber;
      if (!Number.isFinite(number) || change(number) === false) return;
      show(target);
      refresh();
    });
  listen("slider", "input", (value) => Object.assign(input, { value }));
  listen("number", "input", (value) => Object.assign(input, { value, ...rangeAround(value, input) }));
  listen("low", "change", (low) => low < input.high && Object.assign(input, { low, value: Math.max(low, input.value) }));
  listen("high", "change", (high) => high > input.low && Object.assign(input, { high, value: Math.min(high, input.value) }));
  row.addEventListener("change", () => show()); // what was left unfinished in a field gives way to what holds
  show();
  return row;
}

const rangeAround = (value, { low, high } = RANGE) => ({ low: Math.min(low, value), high: Math.max(high, value) });

// A power of ten, a hundred to a thousand of which make the range.
const stepOf = ({ low, high }) => 10 ** Math.floor(Math.log10(high - low) - 2);

// ---------------------------------------------------------------- the link: #e=x*y&x=2&y=5,-10,10&-messages

let linking = 0;

function keepLink() {
  clearTimeout(linking); // browsers limit how often the address may change
  linking = setTimeout(() => home.keep(link()), 200);
}

function link() {
  const parts = [["e", expression.value], ...names.map((name) => [name, inputText(inputs.get(name))])];
  const pairs = parts.map(([key, text]) => `${encodeURIComponent(key)}=${readable(text)}`);
  return `#${[...pairs, ...(messages.checked ? [] : ["-messages"])].join("&")}`;
}

const readable = (text) => encodeURIComponent(text).replace(/%(2A|2B|2C|2F)/g, decodeURIComponent);

function inputText({ value, low, high }) {
  const usual = rangeAround(value);
  return low === usual.low && high === usual.high ? `${value}` : `${value},${low},${high}`;
}

function openLink(hash) {
  clearTimeout(linking); // the old state's link, still on its way, must not overwrite this one
  const parts = hash.slice(1).split("&").map(readPart);
  const [, text] = parts.find(([key]) => key === "e") ?? [];
  if (text === undefined) return;
  expression.value = text;
  messages.checked = !parts.some(([key]) => key === "-messages");
  inputs.clear();
  names = [];
  for (const [key, numbers] of parts) if (key !== "e" && numbers) setInput(key, numbers.split(",").map(Number));
  typed(0);
}

function readPart(part) {
  try {
    return part.split("=").map(decodeURIComponent);
  } catch {
    return []; // a link that was cut in the middle of a sign
  }
}

function setInput(name, [value, low = RANGE.low, high = RANGE.high]) {
  if (![value, low, high].every(Number.isFinite) || low >= high) return;
  inputs.set(name, { value, ...rangeAround(value, { low, high }) });
}

// ---------------------------------------------------------------- listening

let typing = 0;

function typed(pause = TYPING_PAUSE) {
  controller.abort(); // an answer to the old text is dropped
  element("underline").replaceChildren(expression.value, END); // which makes the field as high as its text
  clearTimeout(typing);
  typing = setTimeout(refresh, pause);
}

expression.addEventListener("input", () => typed());
messages.addEventListener("change", refresh);
element("moved").addEventListener("change", refresh);
element("by").addEventListener("input", ({ target }) => {
  element("by-slider").value = target.value;
  refresh();
});
element("by-slider").addEventListener("input", ({ target }) => {
  element("by").value = target.value;
  refresh();
});
dark.addEventListener("change", refresh);
narrow.addEventListener("change", refresh);
home.hear(openLink);
if (home.play) {
  element("play").addEventListener("click", (event) => {
    event.preventDefault();
    home.play(question()).catch(report);
  });
  for (const example of document.querySelectorAll(".example")) {
    example.addEventListener("click", (event) => {
      event.preventDefault(); // in a frame, the browser would look for the place in the page around
      openLink(example.getAttribute("href"));
    });
  }
}

if (!home.read()) home.keep(document.querySelector(".example").getAttribute("href"));
openLink(home.read());
