// Draws the ledger's lines: small arrays as matrices, larger ones as heat maps that a pointer or the arrow keys read.
(() => {
  "use strict";
  const MATHML = "http://www.w3.org/1998/Math/MathML";
  const root = [...document.querySelectorAll(".twingrad-ledger")].find((one) => !one.dataset.drawn);
  if (!root) return;
  root.dataset.drawn = "true";
  const { arrays, steps, hidden, signs } = JSON.parse(root.querySelector("script[type='application/json']").textContent);
  arrays.forEach((array) => {
    const Numbers = array.bits === 32 ? Float32Array : Float64Array;
    if (array.data) array.numbers = new Numbers(Uint8Array.from(atob(array.data), (c) => c.charCodeAt(0)).buffer);
  });

  const element = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    made.append(...children);
    return made;
  };
  const math = (name, ...children) => {
    const made = document.createElementNS(MATHML, name);
    made.append(...children);
    return made;
  };
  const written = (x) => {
    if (Number.isNaN(x)) return "NaN";
    if (!Number.isFinite(x)) return x < 0 ? "−∞" : "∞";
    const size = Math.abs(x);
    const text = size && (size < 1e-4 || size >= 1e4) ? x.toExponential(3) : String(Number(x.toPrecision(4)));
    return text.replace(/\.?0+e/, "e").replaceAll("-", "−");
  };
  const factor = (x) => (x < 0 ? `(${written(x)})` : written(x));

  // ---------------------------------------------------------------- what a line is made of

  const word = (text) => math("mtext", text.replace("^)", ")").replace("^{", "^").replace("^}", "").replace(/^ | $/g, "\u2005"));
  const table = (cells) =>
    math("mtable", ...cells.map((row) => math("mtr", ...row.map((cell) => math("mtd", math("mn", cell))))));
  const matrix = (array) => {
    const tables = array.cells.map(table);
    const body = tables.length === 1 ? tables[0] : math("mtable", ...tables.map((one, i) =>
      math("mtr", math("mtd", word(`[${array.slices[i]}] `)), math("mtd", one))));
    return math("munder", body, math("mtext", array.caption));
  };

  const line = ({ name, sides, factors }) => {
    const made = element("div", { class: "line" });
    const maps = {};
    let row = [word(name)];
    const flush = () => {
      if (row.length) made.append(math("math", math("mrow", ...row)));
      row = [];
    };
    sides.forEach((side, i) => {
      if (i) flush();
      row.push(word(" = "));
      side.forEach((piece) => {
        if (typeof piece === "string") row.push(word(piece));
        else {
          const called = i === sides.length - 1 ? name : factors.shift() ?? name;
          if (arrays[piece.array].cells) row.push(matrix(arrays[piece.array]));
          flush(); // a line may break after each factor
          if (!arrays[piece.array].cells) made.append(heat(piece, called, maps));
        }
      });
    });
    flush();
    return made;
  };

  // ---------------------------------------------------------------- heat maps

  const LOW = [0, 114, 178], HIGH = [213, 94, 0];
  const colour = (level) => {
    if (!Number.isFinite(level)) return [240, 228, 66];
    const end = level < 0 ? LOW : HIGH;
    return end.map((part) => Math.round(255 + (part - 255) * Math.min(1, Math.abs(level))));
  };

  function heat(piece, name, maps) {
    const array = arrays[piece.array];
    const [columns] = array.shape.slice(-1);
    const rows = array.numbers.length / columns;
    const most = array.numbers.reduce((top, x) => (Number.isFinite(x) ? Math.max(top, Math.abs(x)) : top), 0) || 1;
    const cell = Math.max(1, Math.min(10, Math.floor(320 / Math.max(rows, columns))));
    const text = `${name}, ${array.caption}; the arrow keys read its elements`;
    const canvas = element("canvas", {
      width: columns * cell, height: rows * cell, tabindex: 0, role: "application",
      "aria-roledescription": "heat map", "aria-label": text,
    });
    const told = element("output", { "aria-live": "polite" });
    const pen = canvas.getContext("2d");
    const draw = (top, left, height, width) => {
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++) {
          pen.fillStyle = `rgb(${colour(array.numbers[i * columns + j] / most)})`;
          pen.fillRect(j * cell, i * cell, cell, cell);
        }
      if (height) pen.strokeRect(left * cell + 0.5, top * cell + 0.5, width * cell - 1, height * cell - 1);
    };
    maps[piece.array] = { draw, rows, columns };
    let at = [0, 0];
    const read = (row, column) => {
      at = [Math.max(0, Math.min(rows - 1, row)), Math.max(0, Math.min(columns - 1, column))];
      draw(...at, 1, 1);
      told.textContent = reading(piece, name, at);
      const [left, right] = piece.made?.sign === "·" ? piece.made.of.map((one) => maps[one]) : [];
      if (left && array.shape.length < 3) left.draw(at[0], 0, 1, left.columns);
      if (right && array.shape.length < 3) right.draw(0, at[1], right.rows, 1);
    };
    const MOVES = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
      PageUp: [-10, 0], PageDown: [10, 0], Home: [0, -columns], End: [0, columns],
    };
    canvas.addEventListener("keydown", (event) => {
      const move = MOVES[event.key];
      if (!move || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      read(at[0] + move[0], at[1] + move[1]);
    });
    canvas.addEventListener("focus", () => read(...at));
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      read(Math.floor(((event.clientY - box.top) / box.height) * rows),
        Math.floor(((event.clientX - box.left) / box.width) * columns));
    });
    draw();
    const scale = element("span", { class: "scale" }, `−${written(most)} `, element("i"), ` ${written(most)}`);
    return element("figure", {}, canvas, element("figcaption", {}, array.caption, element("br"), scale), told);
  }

  // The element at a row and a column of an array that is laid out with its leading axes below one another.
  const place = (array, [row, column]) => {
    const index = [column];
    for (const size of array.shape.slice(0, -1).reverse()) {
      index.unshift(row % size);
      row = Math.floor(row / size);
    }
    return index.slice(-array.shape.length);
  };
  const value = (array, index) => {
    const own = index.slice(index.length - array.shape.length);
    return array.numbers[own.reduce((sum, i, axis) => sum * array.shape[axis] + (array.shape[axis] === 1 ? 0 : i), 0)];
  };
  const inBrackets = (text) => (/^−|[ ]/.test(text) ? `(${text})` : text);
  const sum = (terms) =>
    terms.slice(0, 8).map(inBrackets).join(" + ") + (terms.length > 8 ? ` + … ${terms.length - 8} more` : "");

  // The numbers that an element is made of: {sign, of} or an array's number.
  function made(how, index) {
    if (typeof how === "number") return written(value(arrays[how], index));
    if (how.sign === "Σ") {
      const [of] = how.of;
      return sum([...Array(arrays[of].shape[how.axis]).keys()].map((k) =>
        made(of, how.axis ? [index[0], k] : [k, index[index.length - 1]])));
    }
    const [left, right] = how.of;
    const shape = typeof left === "number" ? arrays[left].shape : [];
    if (how.sign !== "·" || !shape.length || !arrays[right]?.shape.length)
      return [left, right].map((one) => inBrackets(made(one, index))).join(how.sign === "⊙" ? "·" : ` ${how.sign} `);
    const batch = index.slice(0, -2);
    const row = index[index.length - 2] ?? 0, column = index[index.length - 1];
    return sum([...Array(shape[shape.length - 1]).keys()].map((k) =>
      [made(left, [...batch, row, k]), made(right, [...batch, k, column])].map(inBrackets).join("·")));
  }

  function reading(piece, name, at) {
    const array = arrays[piece.array];
    const index = place(array, at);
    const start = `${name}[${index.join(", ")}] = ${written(value(array, index))}`;
    if (piece.made === undefined || piece.made === piece.array) return start;
    const of = piece.made.sign === "·" && index.length > 1 ? `row ${index.at(-2)} · column ${index.at(-1)} = ` : "";
    return `${start} = ${of}${made(piece.made, index)}`;
  }

  // ---------------------------------------------------------------- the list

  const KINDS = { seed: "The backward pass starts here.", multivariate: "Each of its uses sends a summand." };
  const section = (title, ones) => {
    const made = element("div", { role: "group", "aria-label": title }, element("p", { class: "title" }, title));
    ones.forEach(({ parts, kind }) => {
      const said = (text) => element("p", { class: "why" }, text);
      const step = element("div", { class: "step" }, ...(KINDS[kind] ? [said(KINDS[kind])] : []));
      parts.forEach(({ lines, why }) => step.append(...lines.map(line), ...why.map(said)));
      made.append(step);
    });
    return made;
  };
  if (arrays.some((array) => !array.cells))
    root.append(element("p", {}, "Point at a heat map, or walk on it with the arrow keys, to read an element and what made it."));
  root.append(section("Forward: values", steps.filter((one) => !one.kind)));
  root.append(section("Backward: gradients", steps.filter((one) => one.kind)));
  root.append(element("p", { class: "title" }, "Signs"), element("dl", {}, ...signs.flatMap(([sign, meaning]) =>
    [element("dt", {}, sign), element("dd", {}, meaning)])));
  if (hidden) root.append(element("p", {}, `… and ${hidden} more steps`));
  root.querySelector("pre").hidden = true;
})();
