// Makes the pictures that are asked for, one at a time, the latest first; what was overtaken is left out.

import { about } from "./blocks.js";
import { isSmall, toBytes, toImageData } from "./pixels.js";

const PATIENCE = 400; // ms of rest before anything is made that nobody asked for

export class Show {
  #canvas;
  #makers; // { engine, latents }, or null while they are changed
  #wanted = null;
  #spare = [];
  #busy = false;
  #rested;
  #times = [];
  #count = 0;

  // `shown` is called with { state, ws, bytes, seconds } of every picture, `failed` with an error.
  constructor(canvas, shown, failed) {
    [canvas.height, canvas.width] = about.shape;
    canvas.classList.toggle("small", isSmall);
    canvas.classList.toggle("alpha", about.shape[2] % 2 === 0);
    this.#canvas = canvas;
    this.shown = shown;
    this.failed = failed;
  }

  use(makers) {
    this.#makers = makers;
    this.#times = [];
    this.#run();
  }

  request(state) {
    this.#wanted = structuredClone(state);
    this.#run();
  }

  // Pictures for when there is time, [{ state, done }]; they replace those asked for before.
  later(requests) {
    this.#spare = requests;
    this.#run();
  }

  async #run() {
    if (this.#busy || !this.#makers) return;
    clearTimeout(this.#rested);
    await this.#alone(async () => {
      while (this.#wanted && this.#makers) {
        const state = this.#wanted;
        this.#wanted = null;
        await this.#show(state);
      }
    });
    // The next picture that is asked for has to wait for one that nobody asked for: the slower, the rarer.
    const patience = Math.max(PATIENCE, 2000 * (median(this.#times) ?? 0));
    if (this.#spare.length) this.#rested = setTimeout(() => this.#rest(), patience);
  }

  async #show(state) {
    const start = performance.now();
    const made = await this.#make(state);
    this.#canvas.getContext("2d").putImageData(toImageData(made.bytes, about.shape), 0, 0);
    this.#times = [...this.#times.slice(-9), (performance.now() - start) / 1000];
    this.#canvas.dataset.shown = ++this.#count;
    this.shown({ state, ...made, seconds: median(this.#times) });
  }

  async #make(state) {
    const { engine, latents } = this.#makers;
    const ws = await latents.of(state);
    return { ws, bytes: toBytes(await engine.synthesize(ws, state.noise)) };
  }

  async #rest() {
    if (this.#busy || this.#wanted || !this.#makers || !this.#spare.length) return;
    const { state, done } = this.#spare.shift();
    await this.#alone(async () => done((await this.#make(state)).bytes));
    if (this.#wanted) this.#run();
    else this.#rest();
  }

  // One thing at a time. An engine that was put away meanwhile may fail.
  async #alone(work) {
    const makers = this.#makers;
    this.#busy = true;
    this.#canvas.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (error) {
      if (makers === this.#makers) {
        this.#makers = null;
        this.failed(error);
      }
    } finally {
      this.#busy = false;
      this.#canvas.setAttribute("aria-busy", "false");
    }
  }
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
