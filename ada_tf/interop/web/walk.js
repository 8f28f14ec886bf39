// A walk along the plane, from seed to seed, until it is told to stop.

import { element, shownNumber } from "./controls.js";
import { change, state } from "./state.js";

const GAP = 0.25; // seconds at most from one picture to the next: what was slower does not jump

export function startWalking() {
  const button = element("walk");
  const speed = element("speed");
  const show = () => (element("speed-value").textContent = shownNumber(Number(speed.value)));
  let last = null;

  function step(now) {
    if (last === null) return;
    const passed = Math.min((now - last) / 1000, GAP);
    last = now;
    change({ x: state.x + passed / Number(speed.value) });
    requestAnimationFrame(step);
  }

  function toggle() {
    const walks = last === null;
    last = walks ? performance.now() : null;
    button.textContent = walks ? "Stop" : "Walk";
    button.setAttribute("aria-pressed", String(walks));
    if (walks) requestAnimationFrame(step);
  }

  button.addEventListener("click", toggle);
  speed.addEventListener("input", show);
  show();
  return toggle;
}
