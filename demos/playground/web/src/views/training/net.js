// The network: a picture of the plane for each neuron, an edge for each weight, and one example on its way through.

import { make } from "../../dom.js";
import { bytes, KINDS, paint } from "./colours.js";
import { short, written } from "./numbers.js";

const WIDEST = 5; // pixels of the edge of the largest weight
const REACHED = 9; // pixels from an edge at which a press still means it
const SIZES = [
  [8, 46, true],
  [12, 38, true],
  [18, 30, false],
  [32, 20, false],
  [64, 13, false],
]; // neurons in the largest layer, pixels of a picture, whether numbers stand below it

const sizing = (sizes) => SIZES.find(([count]) => Math.max(...sizes) <= count) ?? SIZES.at(-1);
export const hasNumbers = (sizes) => sizing(sizes)[2];

export function net(parent, { dark, features, picked }) {
  const edges = make("canvas", { className: "edges", ariaHidden: "true" });
  const cells = make("div", { className: "cells" });
  const box = make("div", { className: "net", role: "group", ariaLabel: "The network" }, edges, cells);
  const hint = make("div", { className: "hint quiet", ariaHidden: "true" });
  parent.append(make("div", { className: "net-scroll", tabIndex: 0, role: "region", ariaLabel: "The network, which may be wider than the page" }, box), hint);
  let sizes = []; // neurons in each column, the inputs first
  let columns = []; // their buttons
  let offsets = []; // of each layer's parameters
  let names = [];
  let now = null; // the latest frame
  let grids = null; // the latest pictures
  let focus = null; // what is picked
  let walk = null; // how far one example has come
  let cell = 46;
  let places = [];
  let under = -1; // the parameter whose edge the mouse is over

  function build(told, inputs) {
    sizes = told.sizes;
    names = told.parameters;
    offsets = [];
    sizes.slice(1).reduce((sum, size, i) => (offsets.push(sum), sum + size * (sizes[i] + 1)), 0);
    const [, side, captions] = sizing(sizes);
    cell = side;
    box.style.setProperty("--cell", `${cell}px`);
    box.classList.toggle("small", !captions);
    columns = sizes.map((size, layer) => Array.from({ length: size }, (_, i) => neuron(layer - 1, i, inputs, told.activations)));
    const titles = sizes.map((size, layer) => title(layer, told.activations));
    cells.replaceChildren(...columns.map((column, i) => make("div", { className: "column" }, titles[i], make("div", { className: "stack" }, ...column.map(({ button }) => button)))));
    box.style.minWidth = `${Math.max(sizes.length * (cell + 26), 240)}px`;
    now = grids = null;
    layout();
  }

  function title(layer, activations) {
    const text = layer === 0 ? "inputs" : layer === sizes.length - 1 ? "score" : activations[layer - 1];
    return make("p", { className: "column-title", textContent: text });
  }

  function neuron(layer, i, inputs, activations) {
    const isOutput = layer === sizes.length - 2;
    const picture = make("canvas", { ariaHidden: "true" });
    const value = make("span", { className: "a" });
    const slope = make("span", { className: "g" });
    const name = layer < 0 ? `Input ${inputs[i]}` : isOutput ? "The output" : `Neuron ${i + 1} of layer ${layer + 1}, ${activations[layer]}`;
    const button = make("button", { type: "button", className: "neuron", ariaLabel: name, dataset: { layer, neuron: i } }, picture, value, slope);
    if (layer < 0) button.append(make("span", { className: "what", textContent: inputs[i], ariaHidden: "true" }));
    button.addEventListener("click", () => picked("neuron", [layer, i]));
    return { button, picture, value, slope, name };
  }

  function layout() {
    const frame = box.getBoundingClientRect();
    places = columns.map((column) =>
      column.map(({ picture }) => {
        const { left, right, top, height } = picture.getBoundingClientRect();
        return { left: left - frame.left, right: right - frame.left, middle: top - frame.top + height / 2 };
      }),
    );
    drawEdges();
  }

  const parameter = (layer, to, from) => offsets[layer] + to * (sizes[layer] + 1) + from;

  // A weight's number for its edge: itself or, on the way back, its gradient.
  function drawEdges() {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const [width, height] = [box.clientWidth, box.clientHeight];
    if (!width || !places.length) return;
    if (edges.width !== Math.round(width * ratio) || edges.height !== Math.round(height * ratio)) {
      [edges.width, edges.height] = [Math.round(width * ratio), Math.round(height * ratio)];
    }
    const brush = edges.getContext("2d");
    brush.setTransform(ratio, 0, 0, ratio, 0, 0);
    brush.clearRect(0, 0, width, height);
    if (!now) return;
    const [low, high] = KINDS[dark() ? "dark" : "light"];
    const isBack = walk?.back != null;
    const numbers = (isBack ? now.example.slopes : now.parameters).map(Number);
    const most = Math.max(...numbers.map(Math.abs).filter(Number.isFinite), isBack ? 1e-12 : 1);
    for (let layer = 0; layer < offsets.length; layer++) {
      const reached = !walk || (isBack ? layer >= walk.back : layer < walk.forward);
      for (let to = 0; to < sizes[layer + 1]; to++) {
        for (let from = 0; from < sizes[layer]; from++) {
          const which = parameter(layer, to, from);
          const share = Math.min(Math.abs(numbers[which]) / most, 1) || 0;
          const isPicked = which === under || (focus?.kind === "weight" && focus.place[0] === which);
          brush.strokeStyle = numbers[which] < 0 ? low : high;
          brush.globalAlpha = isPicked ? 1 : reached ? 0.25 + 0.6 * share : 0.08;
          brush.lineWidth = 0.5 + WIDEST * share + (isPicked ? 2 : 0);
          trace(brush, layer, to, from);
        }
      }
    }
    brush.globalAlpha = 1;
  }

  function trace(brush, layer, to, from) {
    const [a, b] = [places[layer][from], places[layer + 1][to]];
    const half = (a.right + b.left) / 2;
    brush.beginPath();
    brush.moveTo(a.right, a.middle);
    brush.bezierCurveTo(half, a.middle, half, b.middle, b.left, b.middle);
    brush.stroke();
  }

  // The weight whose edge is nearest to a place, −1 for none that is near.
  function nearest(x, y) {
    const layer = offsets.findIndex((_, i) => x > places[i][0].right && x < places[i + 1][0].left);
    if (layer < 0) return -1;
    let found = -1;
    let best = REACHED;
    for (let to = 0; to < sizes[layer + 1]; to++) {
      for (let from = 0; from < sizes[layer]; from++) {
        const [a, b] = [places[layer][from], places[layer + 1][to]];
        const distance = Math.abs(heightAt((x - a.right) / (b.left - a.right), a.middle, b.middle) - y);
        if (distance < best) [found, best] = [parameter(layer, to, from), distance];
      }
    }
    return found;
  }

  // Where a curve is that leaves and arrives level: its place sideways is 1.5·t·(1 − t) + t³, for half is the middle.
  function heightAt(across, from, to) {
    let [low, high] = [0, 1];
    for (let i = 0; i < 20; i++) {
      const t = (low + high) / 2;
      if (1.5 * t * (1 - t) + t ** 3 < across) low = t;
      else high = t;
    }
    const t = (low + high) / 2;
    return from + (to - from) * (3 * t * t - 2 * t ** 3);
  }

  const inside = ({ clientX, clientY }) => {
    const { left, top } = box.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  box.addEventListener("click", (event) => {
    if (event.target.closest(".neuron")) return;
    const found = nearest(...inside(event));
    if (found >= 0) picked("weight", [found]);
  });
  box.addEventListener("pointermove", (event) => {
    const found = event.target.closest(".neuron") || event.pointerType === "touch" ? -1 : nearest(...inside(event));
    if (found === under) return;
    under = found;
    box.classList.toggle("over", found >= 0);
    tell();
    drawEdges();
  });
  box.addEventListener("pointerleave", () => {
    under = -1;
    tell();
    drawEdges();
  });

  function tell() {
    const number = now && under >= 0 ? `${names[under]} = ${written(now.parameters[under])}, its gradient ${written(now.gradients[under])} over the batch` : "";
    hint.textContent = number || "Press a neuron, a weight or a point: the chain rule behind it opens.";
  }

  // Numbers below the pictures, as far as the example has come.
  function captions(speak) {
    const { inputs, input_slopes: inputSlopes, a, a_slopes: slopes } = now.example;
    [inputs, ...a].forEach((values, column) => {
      const isForward = !walk || column <= walk.forward;
      const isBack = !walk || (walk.back != null && column >= walk.back);
      values.forEach((value, i) => {
        const part = columns[column][i];
        const slope = (column ? slopes[column - 1] : inputSlopes)[i];
        part.value.textContent = isForward ? short(value) : "";
        part.slope.textContent = isBack ? short(slope) : "";
        part.button.classList.toggle("waiting", Boolean(walk) && !(walk.back == null ? isForward : isBack));
        if (speak) part.button.ariaLabel = `${part.name}: ${written(value)}, gradient ${written(slope)}`;
      });
    });
  }

  function drawPictures() {
    if (!grids) return;
    let at = 0;
    for (const column of columns) {
      for (const { button, picture } of column) {
        const grid = grids[at++];
        paint(picture, grid, dark() ? "dark" : "light");
        button.classList.toggle("blank", grid.every((byte) => byte === 128));
      }
    }
  }

  function mark() {
    for (const column of columns) {
      for (const { button } of column) {
        const { layer, neuron } = button.dataset;
        button.classList.toggle("picked", focus?.kind === "neuron" && focus.place.join() === `${layer},${neuron}`);
      }
    }
  }

  new ResizeObserver(layout).observe(box);
  document.addEventListener("twingrad-look", () => {
    drawPictures();
    drawEdges();
  });
  tell();

  return {
    box,
    build,
    layout,
    show(frame, speak) {
      now = frame;
      if (frame.neurons) {
        grids = frame.neurons.map(bytes);
        drawPictures();
      }
      captions(speak);
      drawEdges();
      tell();
    },
    pick(kind, place) {
      focus = kind ? { kind, place } : null;
      mark();
      drawEdges();
    },
    // How far one example has come: columns that know their values, and the column down to which gradients are known.
    walk(state) {
      walk = state;
      if (now) captions(true);
      drawEdges();
    },
    parameter,
    get sizes() {
      return sizes;
    },
  };
}
