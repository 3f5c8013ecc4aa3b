"use strict";
// Charts tell the step and the value below a pointer; a page of a run that goes on loads itself again.
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function written(value, percent) {
  if (percent) return `${(100 * value).toFixed(2)} %`;
  return String(Number(value.toPrecision(4))).replaceAll("-", "−");
}

// The index of the place that is nearest; places grow.
function nearest(places, at) {
  let low = 0, high = places.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (places[middle] <= at) low = middle; else high = middle;
  }
  return Math.abs(places[low] - at) <= Math.abs(places[high] - at) ? low : high;
}

function curves(data, cursor) {
  const longest = data.lines.reduce((a, b) => (b.px.length > a.px.length ? b : a));
  const few = data.lines.length <= 4;
  return {
    places: longest.px,
    show(at, y) {
      const there = data.lines.map((line) => ({ line, i: nearest(line.px, at) }));
      const wanted = few ? there : [there.reduce((a, b) =>
        Math.abs((a.line.py[a.i] ?? 1e9) - y) <= Math.abs((b.line.py[b.i] ?? 1e9) - y) ? a : b)];
      const x = wanted[0];
      cursor.append(shape("path", { d: `M${x.line.px[x.i]} 12V${data.floor}` }));
      for (const { line, i } of wanted) {
        if (line.py[i] !== null) cursor.append(shape("circle", { class: line.kind, cx: line.px[i], cy: line.py[i], r: 4 }));
      }
      const told = wanted.map(({ line, i }) => {
        const where = line.x[i] === x.line.x[x.i] ? "" : ` (${data.x} ${line.x[i]})`;
        return `${line.name} ${line.y[i] === null ? "not finite" : written(line.y[i], data.percent)}${where}`;
      });
      return `${data.x} ${x.line.x[x.i]}: ${told.join(", ")}`;
    },
  };
}

function pairs(data, cursor) {
  const places = data.pairs.map((pair) => pair[0]);
  return {
    places,
    show(at, y) {
      let best = data.pairs[0], least = Infinity;
      for (const pair of data.pairs) {
        const far = (pair[0] - at) ** 2 + (pair[1] - y) ** 2;
        if (far < least) [least, best] = [far, pair];
      }
      cursor.append(shape("circle", { class: "hue1", cx: best[0], cy: best[1], r: 5 }));
      return `${data.x} ${written(best[2])}, ${data.y} ${written(best[3])}`;
    },
  };
}

for (const chart of document.querySelectorAll("svg.chart")) {
  const data = JSON.parse(chart.dataset.chart);
  if (!(data.pairs ?? data.lines).length) continue;
  const cursor = chart.querySelector(".cursor");
  const told = chart.parentElement.querySelector(".told");
  const reader = data.pairs ? pairs(data, cursor) : curves(data, cursor);
  let index = -1;
  const show = (x, y) => {
    cursor.replaceChildren();
    told.textContent = reader.show(x, y);
  };
  const leave = () => {
    cursor.replaceChildren();
    told.textContent = "";
    index = -1;
  };
  chart.addEventListener("pointermove", (event) => {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(chart.getScreenCTM().inverse());
    show(point.x, point.y);
    index = nearest(reader.places, point.x);
  });
  chart.addEventListener("pointerdown", (event) => event.pointerType === "touch" && chart.dispatchEvent(new PointerEvent("pointermove", event)));
  chart.addEventListener("pointerleave", leave);
  chart.addEventListener("blur", leave);
  chart.addEventListener("keydown", (event) => {
    const last = reader.places.length - 1;
    const moves = { ArrowRight: index + 1, ArrowLeft: index < 0 ? last : index - 1, Home: 0, End: last };
    if (!(event.key in moves)) return;
    event.preventDefault();
    index = Math.min(Math.max(moves[event.key], 0), last);
    show(reader.places[index], data.pairs ? data.pairs[index][1] : 0);
    chart.setAttribute("aria-description", told.textContent);
  });
  // A name under the pointer brings its line to the front.
  const named = [...chart.parentElement.querySelectorAll(".key [data-line]"), ...chart.querySelectorAll(".name")];
  for (const name of named) {
    const choose = (on) => {
      chart.classList.toggle("chosen", on);
      for (const part of chart.querySelectorAll(`[data-line="${name.dataset.line}"]`)) part.classList.toggle("on", on);
    };
    name.addEventListener("pointerenter", () => choose(true));
    name.addEventListener("pointerleave", () => choose(false));
  }
}

// ---------------------------------------------------------------- a run that goes on

const going = document.getElementById("going");
const HELD = "twingrad-paused", PLACE = "twingrad-place";
const kept = {
  // A page from a disk may be refused any storage; then it reloads all the same, where the browser puts it.
  get: (key) => { try { return sessionStorage.getItem(key); } catch { return null; } },
  set: (key, value) => { try { sessionStorage.setItem(key, value); } catch { /* nothing is kept */ } },
};
const place = kept.get(PLACE);
if (place !== null) {
  const { top, open, path } = JSON.parse(place);
  if (path === location.pathname) {
    document.querySelectorAll("details").forEach((part, i) => { part.open = open.includes(i); });
    history.scrollRestoration = "manual";
    scrollTo(0, top);
  }
  kept.set(PLACE, "null");
}
if (going) {
  const button = document.getElementById("pause");
  const started = Date.now();
  let paused = kept.get(HELD) === location.pathname;
  const label = () => {
    button.setAttribute("aria-pressed", String(paused));
    button.textContent = paused ? "Reloading is stopped" : "Stop reloading this page";
  };
  button.addEventListener("click", () => {
    paused = !paused;
    kept.set(HELD, paused ? location.pathname : "");
    label();
  });
  label();
  setInterval(() => {
    const age = Math.max(0, Date.now() / 1000 - Number(going.dataset.written));
    document.getElementById("silent").hidden = age < 120;
    document.getElementById("age").textContent = `Written ${age < 90 ? `${Math.round(age)} s` : `${Math.round(age / 60)} min`} ago.`;
    if (paused || document.hidden || Date.now() - started < (age < 120 ? 3000 : 30000)) return;
    const open = [...document.querySelectorAll("details")].flatMap((part, i) => (part.open ? [i] : []));
    kept.set(PLACE, JSON.stringify({ top: scrollY, open, path: location.pathname }));
    location.reload();
  }, 1000);
}
