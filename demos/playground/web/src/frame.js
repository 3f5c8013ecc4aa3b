// The frame that Python's worker is started from. It has no origin, so that the worker has no storage and no network.

let files = null; // what a worker is started with
let compiled = null; // Python itself, compiled while the other files are still on their way
let address = "";
let worker = null;

addEventListener("message", async ({ data, ports: [port] }) => {
  if (data.wasm) return void (compiled = WebAssembly.compile(data.wasm));
  if (data.source) {
    address = URL.createObjectURL(new Blob([data.source], { type: "text/javascript" }));
    files = { stdlib: data.stdlib, packages: data.packages, module: await compiled };
  }
  worker?.terminate();
  worker = new Worker(address);
  worker.onerror = (event) => port.postMessage({ failed: event.message || "Python's worker could not be started" });
  worker.postMessage(files, [port]);
});
