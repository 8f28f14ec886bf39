// The plane of seeds as a map: dragged by pointer and arrow keys, the picture is what lies in its middle.

import { about } from "./blocks.js";
import { isSmall, toImageData } from "./pixels.js";
import { change, cornersOf, isSeed, seedAt, state } from "./state.js";

const ACROSS = 3; // seeds that fit beside each other
const STEP = 0.1; // of a seed, by arrow keys
const NEAR = 0.04; // of a seed, where a place snaps to it
const MOST_TILES = 400;

export class Plane {
  #canvas;
  #place;
  #show;
  #tiles = new Map();
  #kept = "";
  #held = null;

  constructor(canvas, place, show) {
    this.#canvas = canvas;
    this.#place = place;
    this.#show = show;
    canvas.addEventListener("pointerdown", (event) => this.#grab(event));
    canvas.addEventListener("pointermove", (event) => this.#drag(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => this.#drop());
    canvas.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  draw() {
    const [height, width] = about.shape;
    const ratio = globalThis.devicePixelRatio || 1;
    const canvas = this.#canvas;
    const wide = Math.round(canvas.clientWidth * ratio);
    const tall = Math.round(Math.min((wide * height) / width, wide) * 0.62);
    if (canvas.width !== wide || canvas.height !== tall) Object.assign(canvas, { width: wide, height: tall });
    const brush = canvas.getContext("2d");
    brush.clearRect(0, 0, wide, tall);
    brush.imageSmoothingEnabled = !isSmall;
    for (const { x, y, seed } of this.#seeds(wide, tall)) this.#tile(brush, x, y, seed);
    this.#cross(brush, wide / 2, tall / 2, ratio);
    const around = cornersOf(state).map(({ seed }) => seed);
    this.#place.textContent = isSeed(state) ? `Seed ${around[0]}` : `Between seeds ${around.join(", ")}`;
  }

  // Asks for the tiles that are not there yet, the nearest first.
  fill() {
    const kept = JSON.stringify([state.psi, state.toward, state.noise, state.classes, state.share, state.attributes]);
    if (kept !== this.#kept || this.#tiles.size > MOST_TILES) this.#tiles.clear();
    this.#kept = kept;
    const missing = this.#seeds(this.#canvas.width, this.#canvas.height).filter(({ seed }) => !this.#tiles.has(seed));
    missing.sort((a, b) => a.far - b.far);
    const plain = { mixLayers: state.mixLayers.map(() => false), amounts: state.amounts.map(() => 0) };
    this.#show.later(missing.map(({ seed }) => ({
      state: { ...structuredClone(state), ...plain, x: seed, y: 0 },
      done: (bytes) => {
        if (kept !== this.#kept) return;
        const tile = new OffscreenCanvas(about.shape[1], about.shape[0]);
        tile.getContext("2d").putImageData(toImageData(bytes, about.shape), 0, 0);
        this.#tiles.set(seed, tile);
        this.draw();
      },
    })));
  }

  // Sides of a tile in pixels of the canvas.
  #side() {
    const wide = this.#canvas.width / ACROSS;
    return [wide, (wide * about.shape[0]) / about.shape[1]];
  }

  // Seeds that can be seen, the middles of their tiles, and how far from the place they are.
  #seeds(wide, tall) {
    const [across, down] = this.#side();
    const found = [];
    if (!wide || !tall) return found;
    for (let j = Math.floor(state.y - tall / 2 / down); j <= Math.ceil(state.y + tall / 2 / down); j++) {
      for (let i = Math.floor(state.x - wide / 2 / across); i <= Math.ceil(state.x + wide / 2 / across); i++) {
        const x = wide / 2 + (i - state.x) * across;
        const y = tall / 2 + (j - state.y) * down;
        found.push({ x, y, seed: seedAt(i, j), far: Math.hypot(i - state.x, j - state.y) });
      }
    }
    return found;
  }

  #tile(brush, x, y, seed) {
    const [across, down] = this.#side();
    const style = getComputedStyle(this.#canvas);
    const gap = across * 0.04;
    const tile = this.#tiles.get(seed);
    const box = [x - across / 2 + gap, y - down / 2 + gap, across - 2 * gap, down - 2 * gap];
    if (tile) {
      brush.drawImage(tile, ...box);
      return;
    }
    brush.strokeStyle = style.borderTopColor;
    brush.strokeRect(...box);
    brush.fillStyle = style.color;
    brush.textAlign = "center";
    brush.textBaseline = "middle";
    brush.font = `${Math.round(across / 8)}px system-ui, sans-serif`;
    brush.fillText(String(seed), x, y);
  }

  #cross(brush, x, y, ratio) {
    for (const [colour, width] of [["#000000", 5], ["#ffffff", 2]]) {
      brush.strokeStyle = colour;
      brush.lineWidth = width * ratio;
      brush.beginPath();
      brush.arc(x, y, 9 * ratio, 0, 2 * Math.PI);
      brush.stroke();
    }
    brush.lineWidth = ratio;
  }

  #grab(event) {
    this.#canvas.setPointerCapture(event.pointerId);
    this.#held = { id: event.pointerId, left: event.clientX, top: event.clientY, x: state.x, y: state.y };
  }

  #drag(event) {
    if (this.#held?.id !== event.pointerId) return;
    const [across, down] = this.#side();
    const scale = this.#canvas.width / this.#canvas.clientWidth;
    change({
      x: this.#held.x - ((event.clientX - this.#held.left) * scale) / across,
      y: this.#held.y - ((event.clientY - this.#held.top) * scale) / down,
    });
  }

  #drop() {
    if (!this.#held) return;
    this.#held = null;
    change(snapped(state));
  }

  #key(event) {
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (steps) {
      const size = event.shiftKey ? 1 : STEP;
      change(snapped({ x: state.x + size * steps[0], y: state.y + size * steps[1] }));
    } else if (event.key === "Enter") {
      change({ x: Math.round(state.x), y: Math.round(state.y) });
    } else return;
    event.preventDefault();
  }
}

function snapped({ x, y }) {
  const near = Math.hypot(x - Math.round(x), y - Math.round(y)) < NEAR;
  return near ? { x: Math.round(x), y: Math.round(y) } : { x, y };
}
