// The page: its views, what they share, and the address that holds the state of all of them.

import "./style.css";
import { asset } from "./assets.js";
import { Kernel } from "./kernel.js";
import { hear, keep, kept, read } from "./state.js";
import { answerTo } from "./views/code/index.js";
import { link } from "./views/code/share.js";
import { views } from "./views/index.js";

const element = (id) => document.getElementById(id);
const dark = matchMedia("(prefers-color-scheme: dark)");
const kernel = new Kernel();
const mounted = new Map(); // by name: what a view's `mount` gave, its section and its tab
let current = "";

export const app = {
  kernel,
  dark: () => (document.documentElement.dataset.scheme ?? (dark.matches ? "dark" : "light")) === "dark",
  trusted: true, // false while a program from a link waits for a click: until then the address stays the link's
  changed: () => app.trusted && keep(whole()),
  whole,
  show,
  sympy,
};

// What others may ask of this page: tests, and the explorer's page in its frame.
window.twingrad = { run: (source) => answerTo(source, app), link: () => link(whole()), kept, app };

let algebra = null; // sympy's files
let unpacked = false; // whether this worker has them
kernel.on("restart", () => (unpacked = false));

// The files that a program needs which imports sympy, the first time that it does.
async function sympy() {
  if (unpacked) return null;
  algebra ??= await asset("sympy.zip");
  unpacked = true;
  return algebra;
}

// The state of the whole page.
function whole() {
  const states = [...mounted].map(([name, { view }]) => [name, view.state?.() ?? {}]);
  return { ...opened, view: current, ...Object.fromEntries(states) };
}

let opened = {}; // the state of views that are not mounted yet

function show(name) {
  const view = views.find((one) => one.name === name) ?? views[0];
  if (view.name === current) return;
  if (current) {
    const before = mounted.get(current);
    before.section.hidden = true;
    before.view.hide?.();
  }
  current = view.name;
  if (!mounted.has(view.name)) mount(view);
  const { section, view: made } = mounted.get(view.name);
  section.hidden = false;
  document.body.dataset.view = view.name;
  for (const tab of element("views").children) tab.setAttribute("aria-current", tab.dataset.view === view.name ? "page" : "false");
  made.show?.();
  app.changed();
}

function mount(view) {
  const section = document.createElement("section");
  section.className = `view view-${view.name}`;
  section.ariaLabel = view.title;
  element("main").append(section);
  const made = view.mount(section, app);
  mounted.set(view.name, { section, view: made });
  made.open?.(opened[view.name] ?? {}, { trusted: opened.trusted });
}

function open(state, trusted) {
  opened = { ...state, trusted };
  for (const [name, { view }] of mounted) if (name in state) view.open?.(state[name], { trusted });
  show(state.view ?? current);
}

for (const { name, title } of views) {
  const tab = document.createElement("button");
  Object.assign(tab, { type: "button", textContent: title });
  tab.dataset.view = name;
  tab.addEventListener("click", () => show(name));
  element("views").append(tab);
}
dark.addEventListener("change", () => document.dispatchEvent(new Event("twingrad-look")));
hear(open);
read().then(({ state, trusted }) => open(state, trusted));
if (location.protocol.startsWith("http") && navigator.serviceWorker) navigator.serviceWorker.register("service_worker.js").catch(() => {});
