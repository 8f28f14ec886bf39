// From what is asked for to w, one for each layer: mapping, truncation, mixing, steering.

import { about, floatsOf, halvesOf } from "./blocks.js";
import { latentOf } from "./random_state.js";
import { cornersOf, labelOf } from "./state.js";

const KEPT = 4096; // latents and means that are remembered
const ROWS = 250; // latents that are mapped at a time for a mean

export class Latents {
  #engine;
  #mean = null;
  #spread = null;
  #vectors = null;
  #known = new Map();

  constructor(engine) {
    this.#engine = engine;
  }

  async load() {
    if (about.truncates) this.#mean = await floatsOf("mean");
    if (about.directions.length) this.#vectors = await floatsOf("directions");
  }

  // Float32Array [num_ws * w_dim].
  async of(state) {
    const w = await this.#mixture(cornersOf(state), state);
    const lent = state.mixLayers.some(Boolean) ? await this.#mixture([{ seed: state.mixSeed, weight: 1 }], state) : w;
    const ws = new Float32Array(about.num_ws * about.w_dim);
    for (let layer = 0; layer < about.num_ws; layer++) {
      ws.set(state.mixLayers[layer] ? lent : w, layer * about.w_dim);
    }
    this.#steer(ws, state.amounts);
    return ws;
  }

  // Truncated w of seeds, each with its weight.
  async #mixture(corners, { psi, toward, ...asked }) {
    const label = labelOf(asked);
    const parts = await Promise.all(corners.map(({ seed }) => this.#mapped(seed, label)));
    const w = new Float32Array(about.w_dim);
    parts.forEach((part, p) => {
      for (let i = 0; i < w.length; i++) w[i] += corners[p].weight * part[i];
    });
    if (psi === 1 || !about.truncates) return w;
    const mean = label && toward === "class" ? await this.#meanOf(label) : this.#mean;
    return w.map((value, i) => mean[i] + psi * (value - mean[i]));
  }

  #mapped(seed, label) {
    return this.#once(`${seed}|${label}`, () => this.#engine.map(latentOf(seed, about.z_dim), label));
  }

  // The mean w of a label, over the latents that ada-generate takes it over.
  #meanOf(label) {
    return this.#once(`mean|${label}`, async () => {
      this.#spread ??= await halvesOf("latents");
      const sum = new Float64Array(about.w_dim);
      const rows = this.#spread.length / about.z_dim;
      for (let row = 0; row < rows; row += ROWS) {
        const z = this.#spread.slice(row * about.z_dim, (row + ROWS) * about.z_dim);
        const count = z.length / about.z_dim;
        const labels = new Float32Array(count * label.length);
        for (let i = 0; i < count; i++) labels.set(label, i * label.length);
        (await this.#engine.map(z, labels)).forEach((value, i) => (sum[i % about.w_dim] += value));
      }
      return Float32Array.from(sum, (value) => value / rows);
    });
  }

  #steer(ws, amounts) {
    about.directions.forEach(({ deviation, layers }, d) => {
      const length = amounts[d] * deviation;
      for (let layer = 0; length && layer < about.num_ws; layer++) {
        for (let i = 0; layers[layer] && i < about.w_dim; i++) {
          ws[layer * about.w_dim + i] += length * this.#vectors[d * about.w_dim + i];
        }
      }
    });
  }

  // The promise of a result, which is computed once. What failed may be asked for again.
  #once(key, compute) {
    if (!this.#known.has(key)) {
      if (this.#known.size >= KEPT) this.#known.delete(this.#known.keys().next().value);
      const result = compute();
      result.catch(() => this.#known.delete(key));
      this.#known.set(key, result);
    }
    return this.#known.get(key);
  }
}
