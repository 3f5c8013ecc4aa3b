// Python, in a worker that is allowed nothing: no network, no storage, no look at the page.
//
// The policy of the frame around forbids that already. Here the functions themselves are taken away, so that what a
// program tries ends in a sentence, and so that a browser with a weak policy gives nothing either.

import { Graphviz } from "@hpcc-js/wasm-graphviz";
import { loadPyodide } from "pyodide";
import createPyodideModule from "pyodide/pyodide.asm.mjs";
import { info } from "pyodide/pyodide-lock.json";

const MOST_MEMORY = 1 << 30; // bytes; a program that asks for more gets a MemoryError
const PAGE = 1 << 16; // bytes by which WebAssembly's memory grows

// What reaches out of a worker, or outlives it.
const WAYS_OUT = [
  "fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "EventSource", "WebTransport", "importScripts", "Worker", "SharedWorker",
  "BroadcastChannel", "indexedDB", "caches", "cookieStore", "Notification", "navigation", "postMessage", "close",
]; // prettier-ignore

// All that Python sees of JavaScript.
const world = {
  setTimeout: (...given) => setTimeout(...given),
  clearTimeout: (number) => clearTimeout(number),
  Object,
  Array,
  Promise,
};

onmessage = ({ data, ports: [port] }) => {
  start(data, port).catch((error) => port.postMessage({ failed: String(error?.message ?? error) }));
};

async function start({ module, stdlib, packages }, port) {
  // Before anything else, for Pyodide asks whether a worker can import scripts.
  Object.defineProperty(self, "importScripts", { value: undefined });
  limitMemory();
  serveFromMemory(module, stdlib);
  const [graphviz, python] = await Promise.all([
    Graphviz.load(),
    loadPyodide({
      createPyodideModule,
      indexURL: "memory://python/",
      stdLibURL: "memory://python/python_stdlib.zip",
      lockFileContents: { info, packages: {} },
      jsglobals: world,
      packages: [],
    }),
  ]);
  python.unpackArchive(packages, "zip", { extractDir: "/lib/twingrad" });
  for (const name of WAYS_OUT) takeAway(name);
  for (const name of Object.keys(console)) console[name] = () => {}; // the page says what there is to be said
  const begin = python.runPython("import sys; sys.path.insert(0, '/lib/twingrad'); from demos.playground.inside import begin; begin.begin");
  const answer = begin(
    (kind, data) => port.postMessage({ kind, data }),
    (dot, format) => graphviz.layout(dot, format, "dot"),
  );
  port.onmessage = ({ data: { id, name, given, files } }) => {
    try {
      if (files) python.unpackArchive(files, "zip", { extractDir: "/lib/twingrad" });
      port.postMessage({ id, answer: answer(name, given) });
    } catch (error) {
      port.postMessage({ id, error: lastLine(error), fatal: error?.name !== "PythonError" });
    }
  };
  port.postMessage({ ready: true });
}

// The last line of a traceback, without the class of the exception.
const lastLine = (error) => String(error?.message ?? error).trim().split("\n").at(-1).replace(/^[\w.]+: /, "");

function limitMemory() {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * PAGE > MOST_MEMORY) throw new RangeError("no more memory for this program");
    return grow.call(this, pages);
  };
}

// Pyodide fetches its files; here they come from the page.
function serveFromMemory(module, stdlib) {
  const fetched = (url) => new Response(String(url).endsWith(".zip") ? stdlib : new Uint8Array(0));
  Object.defineProperty(self, "fetch", { value: async (url) => fetched(url), configurable: true, writable: true });
  WebAssembly.instantiateStreaming = async (_, imports) => ({ module, instance: await WebAssembly.instantiate(module, imports) });
}

function takeAway(name) {
  for (let owner = self; owner; owner = Object.getPrototypeOf(owner)) Reflect.deleteProperty(owner, name);
  Reflect.defineProperty(self, name, { value: undefined });
}
