"use strict";

// Judges an answer that somebody typed. `demos/exercise/judge.py` does the same; a test holds both to one table.

const FUNCTIONS = {
  abs: Math.abs, cos: Math.cos, exp: Math.exp, ln: Math.log, log: Math.log, sin: Math.sin, sqrt: Math.sqrt,
  tan: Math.tan, tanh: Math.tanh, relu: (x) => Math.max(x, 0), sigmoid: (x) => 1 / (1 + Math.exp(-x)),
};
const LONGEST = 200; // characters of an answer

class Misread extends Error {}

// How names and formulas are compared: without spaces, each sign in one spelling, w₁₁⁽¹⁾ as w11(1).
function plain(text) {
  const signs = text.replace(/(?<!⁽)²/gu, "^2").normalize("NFKC").replace(/[−–]/gu, "-").replace(/[·×⋅∙]/gu, "*");
  return signs.replaceAll("÷", "/").replaceAll("**", "^").replace(/\s+/gu, "");
}

// By how they may be typed, the values of all names, and those gradients whose name `open` lets pass.
function namesIn(known, output, open) {
  const names = new Map();
  for (const [name, value, gradient, slope] of known) {
    if (!/^[\d.−-]/u.test(name)) names.set(plain(name), value);
    if (slope === null || !open(gradient)) continue;
    const typed = [gradient, name.replace(/\[|$/u, (end) => `bar${end}`), `d${output}/d${name}`, `∂${output}/∂${name}`];
    for (const one of typed) names.set(plain(one), slope);
  }
  return names;
}

// What an answer on a sheet may name: all but the gradient that is asked for.
const namesFor = ({ ask }, { known, output }) => {
  const whole = (name) => name.replace(/\[.*/u, "");
  return namesIn(known, output, (gradient) => whole(gradient) !== whole(ask));
};

// A number, or a formula: + - * / ^, brackets, functions, and names.
function evaluate(text, names) {
  const source = plain(text);
  if (!source) throw new Misread("Write a number, or a formula.");
  if (source.length > LONGEST) throw new Misread(`An answer has at most ${LONGEST} characters.`);
  const words = [...names.keys()].sort((a, b) => b.length - a.length);
  let at = 0;

  const next = (sign) => source.startsWith(sign, at) && ((at += sign.length), true);
  const refused = () => new Misread(`Not understood from “${source.slice(at) || "the end"}” on: write a number such as 0.25, or a formula such as 2*(x + 1).`);
  const ends = (end) => !/[\p{L}\p{N}_\u0304]/u.test(source.slice(end, end + 2).match(/^./u)?.[0] ?? "");

  function sum() {
    let value = product();
    for (;;) {
      if (next("+")) value += product();
      else if (next("-")) value -= product();
      else return value;
    }
  }
  function product() {
    let value = signed();
    for (;;) {
      if (next("*")) value *= signed();
      else if (next("/")) value /= signed();
      else return value;
    }
  }
  function signed() {
    if (next("-")) return -signed();
    if (next("+")) return signed();
    const base = atom();
    return next("^") ? base ** signed() : base;
  }
  function atom() {
    const number = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?/iu.exec(source.slice(at));
    if (number) {
      at += number[0].length;
      return Number(number[0]);
    }
    if (next("(")) return closed(sum());
    const word = words.find((name) => source.startsWith(name, at) && ends(at + name.length));
    if (word) {
      at += word.length;
      return names.get(word);
    }
    const called = /^[a-z]+(?=\()/u.exec(source.slice(at))?.[0];
    if (called && Object.hasOwn(FUNCTIONS, called)) {
      at += called.length + 1;
      return FUNCTIONS[called](closed(sum()));
    }
    const unknown = /^[\p{L}\p{N}_\u0304]+/u.exec(source.slice(at))?.[0];
    if (unknown) throw new Misread(`“${unknown}” is no name that is known here: a formula has numbers, the names on screen (z̄ is written zbar), and ${Object.keys(FUNCTIONS).join(", ")}.`);
    throw refused();
  }
  function closed(value) {
    if (!next(")")) throw refused();
    return value;
  }

  const value = sum();
  if (at < source.length) throw refused();
  if (!Number.isFinite(value)) throw new Misread("That is no finite number.");
  return value;
}

// Agreement to two significant digits.
function isRight(number, answer) {
  const exponent = Number(answer.toExponential(16).split("e")[1]);
  return number === answer || (answer !== 0 && Math.abs(number - answer) <= 0.5000001 * 10 ** (exponent - 1));
}

// How an answer is written, for questions about numbers or about arrays.
function howTo(questions, output) {
  const number = `A number of at least two digits, or a formula in the names on screen; z̄ means ∂${output}/∂z, and is typed zbar.`;
  const arrays = questions.some(({ answer }) => Array.isArray(answer));
  return arrays ? `${number} A shape is written (2, 3); [0, 1] is row 0, column 1, counted from 0.` : number;
}

// Whether the text is right, and what to say about it.
function judge({ answer, mistakes }, text, names) {
  if (Array.isArray(answer)) return judgeShape(answer, mistakes, plain(text));
  try {
    const number = evaluate(text, names);
    if (isRight(number, answer)) return { right: true, words: "Right." };
    const made = mistakes.find(([wrong]) => isRight(number, wrong));
    if (made) return { right: false, words: made[1] };
    const close = Math.abs(number - answer) <= 0.1 * Math.abs(answer);
    return { right: false, words: close ? "Close: at least two significant digits are asked." : "Not right, and no mistake that is known here." };
  } catch (error) {
    if (!(error instanceof Misread)) throw error;
    return { right: false, words: error.message };
  }
}

function judgeShape(answer, mistakes, text) {
  if (!/^[([]?(\d+[,x*])*\d*[)\]]?$/u.test(text) || !text) return { right: false, words: "A shape is written as (2, 3)." };
  const is = (shape) => String(shape) === String((text.match(/\d+/gu) ?? []).map(Number));
  if (is(answer)) return { right: true, words: "Right." };
  return { right: false, words: mistakes.find(([wrong]) => is(wrong))?.[1] ?? "Not right, and no mistake that is known here." };
}
