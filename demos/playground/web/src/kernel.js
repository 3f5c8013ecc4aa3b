// The worker in which Python runs, as the page sees it: calls and their answers. See demos/playground/__init__.py.

import frameText from "../frame.html";
import { asset } from "./assets.js";

const FILES = ["worker.js", "python_stdlib.zip", "packages.zip"];

export const LATE = "Python did not answer in time";
const FATAL = "Python ran out of its stack, as it does when it frees a very deep graph";

export class Stopped extends Error {
  stopped = true;
}

export class Kernel {
  #frame;
  #port = null;
  #waiting = []; // calls that are not sent yet, the first of them is next
  #current = null; // the call that is being answered
  #listeners = new Map();
  #numbers = 0;
  #timer = 0;
  started = false; // whether Python runs

  // Resolves once Python has answered for the first time.
  constructor() {
    this.ready = this.#load();
    this.ready.catch(() => {}); // whoever waits for it is told
  }

  // Calls a function of demos/playground/inside, such as "program.run". `limit`: milliseconds after which the worker is
  // started anew; `files`: a zip of Python files to be unpacked before.
  call(name, given = {}, { limit = 0, files = null } = {}) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id: ++this.#numbers, name, given: JSON.stringify(given), limit, files, resolve, reject });
      this.#next();
    });
  }

  on(kind, listener) {
    if (!this.#listeners.has(kind)) this.#listeners.set(kind, new Set());
    this.#listeners.get(kind).add(listener);
    return () => this.#listeners.get(kind).delete(listener);
  }

  get busy() {
    return this.#current !== null;
  }

  // Ends what is being answered, with the worker; those that wait are answered by the next.
  stop(message) {
    const stopped = this.#current;
    clearTimeout(this.#timer);
    this.#current = null;
    this.ready = this.#begin();
    this.ready.then(() => this.#next(), () => {});
    stopped?.reject(new Stopped(message));
    this.#tell("restart", null);
  }

  async #load() {
    const machine = asset("pyodide.asm.wasm");
    const others = Promise.all(FILES.map((name) => asset(name)));
    others.catch(() => {}); // it is waited for below
    this.#frame = document.createElement("iframe");
    Object.assign(this.#frame, { hidden: true, title: "Python", srcdoc: frameText });
    this.#frame.sandbox = "allow-scripts";
    this.#frame.ariaHidden = "true";
    const loaded = new Promise((resolve) => this.#frame.addEventListener("load", resolve, { once: true }));
    document.body.append(this.#frame);
    const [wasm] = await Promise.all([machine, loaded]);
    this.#frame.contentWindow.postMessage({ wasm }, "*", [wasm]);
    const [source, stdlib, packages] = await others;
    await this.#begin({ source: new TextDecoder().decode(source), stdlib, packages });
    this.#next();
  }

  // A new worker; the first is given the files.
  #begin(files = {}) {
    this.#port?.close();
    this.started = false;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#frame.contentWindow.postMessage(files, "*", [port2, ...Object.values(files).filter((file) => file instanceof ArrayBuffer)]);
    return new Promise((resolve, reject) => {
      port1.onmessage = ({ data }) => {
        if (data.ready) resolve((this.started = true));
        else if (data.failed) reject(new Error(data.failed));
        else if (data.kind) this.#tell(data.kind, JSON.parse(data.data));
        else this.#answered(data);
      };
    });
  }

  #tell(kind, data) {
    for (const listener of this.#listeners.get(kind) ?? []) listener(data);
  }

  async #next() {
    if (this.#current || !this.#waiting.length) return;
    const call = (this.#current = this.#waiting.shift());
    try {
      await this.ready;
    } catch (error) {
      this.#current = null;
      return call.reject(error);
    }
    if (this.#current !== call) return;
    if (call.limit) this.#timer = setTimeout(() => this.stop(LATE), call.limit);
    this.#port.postMessage({ id: call.id, name: call.name, given: call.given, files: call.files });
  }

  #answered({ id, answer, error, fatal }) {
    const call = this.#current;
    if (call?.id !== id) return;
    if (fatal) return this.stop(FATAL); // Python itself has ended
    clearTimeout(this.#timer);
    this.#current = null;
    if (error === undefined) call.resolve(JSON.parse(answer));
    else call.reject(new Error(error));
    this.#next();
  }
}
