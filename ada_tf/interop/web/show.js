// Makes the pictures that are asked for, one at a time, the latest first; what was overtaken is left out.

import { about } from "./blocks.js";
import { toBytes, toImageData } from "./pixels.js";

const SMALL = 128; // pixels of a side, below which they are shown as squares
const PATIENCE = 400; // ms of rest before anything is made that nobody asked for

export class Show {
  #canvas;
  #makers; // { engine, latents }, or null while they are changed
  #wanted = null;
  #spare = [];
  #busy = false;
  #rested;
  #times = [];

  // `shown` is called with { state, ws, bytes, seconds } of every picture.
  constructor(canvas, shown) {
    [canvas.height, canvas.width] = about.shape;
    canvas.classList.toggle("small", Math.max(...about.shape.slice(0, 2)) < SMALL);
    this.#canvas = canvas;
    this.shown = shown;
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
    this.#busy = true;
    try {
      while (this.#wanted && this.#makers) {
        const state = this.#wanted;
        this.#wanted = null;
        await this.#show(state);
      }
    } finally {
      this.#busy = false;
    }
    if (this.#spare.length) this.#rested = setTimeout(() => this.#rest(), PATIENCE);
  }

  async #show(state) {
    const start = performance.now();
    const made = await this.#make(state);
    this.#canvas.getContext("2d").putImageData(toImageData(made.bytes, about.shape), 0, 0);
    this.#times = [...this.#times.slice(-9), (performance.now() - start) / 1000];
    this.shown({ state, ...made, seconds: median(this.#times) });
  }

  async #make(state) {
    const { engine, latents } = this.#makers;
    const ws = await latents.of(state);
    return { ws, bytes: toBytes(await engine.synthesize(ws, state.noise)) };
  }

  async #rest() {
    if (this.#busy || this.#wanted || !this.#makers || !this.#spare.length) return;
    this.#busy = true;
    const { state, done } = this.#spare.shift();
    try {
      done((await this.#make(state)).bytes);
    } finally {
      this.#busy = false;
    }
    if (this.#wanted) this.#run();
    else this.#rest();
  }
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
