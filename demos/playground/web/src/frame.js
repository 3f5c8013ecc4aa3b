// The frame that Python's worker is started from. It has no origin, so that the worker has no storage and no network.

let files = null; // what a worker is started with
let address = "";
let worker = null;

addEventListener("message", async ({ data, ports: [port] }) => {
  if (data.source) {
    address = URL.createObjectURL(new Blob([data.source], { type: "text/javascript" }));
    files = { stdlib: data.stdlib, packages: data.packages, module: await WebAssembly.compile(data.wasm) };
  }
  worker?.terminate();
  worker = new Worker(address);
  worker.onerror = (event) => port.postMessage({ failed: event.message || "Python's worker could not be started" });
  worker.postMessage(files, [port]);
});
