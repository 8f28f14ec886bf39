// The networks in a worker of their own, on WebGPU or in WebAssembly, checked before they are believed.

import { about, contentOf, floatsOf, textOf } from "./blocks.js";
import { toBytes } from "./pixels.js";

const MOST_THREADS = 8;
const TOLERANCE = 3; // levels of 256; float16 weights alone are below 1

export const ENGINES = { webgpu: "WebGPU", wasm: "WebAssembly" };

export class Engine {
  #worker = null;
  #waiting = new Map();
  #count = 0;

  constructor(kind) {
    this.kind = kind;
    // Threads share memory, which browsers allow where the server isolates the page: never on a disk.
    this.threads = globalThis.crossOriginIsolated ? Math.min(navigator.hardwareConcurrency || 1, MOST_THREADS) : 1;
  }

  async start() {
    const [runtime, binary, mapping, synthesis] = await Promise.all(
      [`${this.kind}.mjs`, `${this.kind}.wasm`, "mapping.onnx", "synthesis.onnx"].map(contentOf),
    );
    // No module: browsers start none in a page that is opened from a disk.
    const script = new Blob([textOf("worker")], { type: "text/javascript" });
    this.#worker = new Worker(URL.createObjectURL(script));
    this.#worker.onmessage = ({ data }) => this.#answer(data);
    this.#worker.onerror = (event) => this.#fail(event.message || "the worker stopped");
    await this.#ask({
      task: "start",
      runtime,
      binary,
      networks: { mapping, synthesis },
      provider: this.kind,
      threads: this.threads,
    });
    await this.#check();
  }

  stop() {
    this.#fail("stopped");
    this.#worker?.terminate();
  }

  // z [N, z_dim], labels [N, c_dim] -> w [N, w_dim].
  map(z, labels) {
    const rows = z.length / about.z_dim;
    const inputs = { z: [z, [rows, about.z_dim]] };
    if (labels) inputs.labels = [labels, [rows, labels.length / rows]];
    return this.#ask({ task: "run", network: "mapping", inputs });
  }

  // ws [1, num_ws, w_dim] -> floats [H, W, C].
  synthesize(ws, noise) {
    const inputs = { ws: [ws, [1, about.num_ws, about.w_dim]] };
    if (about.noise) inputs.noise = [Float32Array.of(noise ? 1 : 0), []];
    return this.#ask({ task: "run", network: "synthesis", inputs });
  }

  // The picture of the mean w, as the exporter saw it.
  async #check() {
    const expected = await contentOf("check");
    const mean = about.truncates ? await floatsOf("mean") : new Float32Array(about.w_dim);
    const ws = new Float32Array(about.num_ws * about.w_dim);
    for (let layer = 0; layer < about.num_ws; layer++) ws.set(mean, layer * about.w_dim);
    const found = toBytes(await this.synthesize(ws, true));
    const step = Math.max(Math.floor(found.length / about.checked), 1);
    const worst = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i * step])), 0);
    if (worst > TOLERANCE) throw new Error(`its pictures are ${worst} levels off`);
  }

  #ask(message) {
    const number = this.#count++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ number, ...message });
    });
  }

  #answer({ number, result, error }) {
    const { resolve, reject } = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (error) reject(new Error(error));
    else resolve(result);
  }

  #fail(reason) {
    for (const { reject } of this.#waiting.values()) reject(new Error(reason));
    this.#waiting.clear();
  }
}

// Kinds that this browser may be able to run, the fastest first.
export async function available() {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null);
  return adapter ? ["webgpu", "wasm"] : ["wasm"];
}
