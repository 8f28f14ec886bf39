// What was looked at for a moment, the latest first; a click shows it again.

import { commandOf } from "./command.js";
import { make } from "./controls.js";
import { change } from "./state.js";

const MOMENT = 900; // ms without a change
const MOST_SHOWN = 40;
const THUMB = 112; // pixels of a side

export class History {
  #box;
  #picture;
  #timer;
  #seen = new Map();

  constructor(box, picture) {
    this.#box = box;
    this.#picture = picture;
  }

  // Of every picture that is shown.
  see(state) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(state), MOMENT);
  }

  #keep(state) {
    const key = JSON.stringify(state);
    this.#seen.get(key)?.remove();
    const button = make("button", { type: "button", title: commandOf(state) }, this.#thumb());
    button.setAttribute("aria-label", `Back to ${commandOf(state)}`);
    button.addEventListener("click", () => change(structuredClone(state)));
    this.#seen.set(key, button);
    this.#box.prepend(button);
    if (this.#seen.size > MOST_SHOWN) {
      const [oldest, last] = this.#seen.entries().next().value;
      last.remove();
      this.#seen.delete(oldest);
    }
  }

  #thumb() {
    const { width, height } = this.#picture;
    const scale = Math.min(1, THUMB / Math.max(width, height));
    const thumb = make("canvas", { width: Math.max(width * scale, 1), height: Math.max(height * scale, 1) });
    thumb.getContext("2d").drawImage(this.#picture, 0, 0, thumb.width, thumb.height);
    thumb.className = this.#picture.className;
    return thumb;
  }
}
