// Style mixing: the layers that take the styles of another seed.

import { about } from "./blocks.js";
import { element, make, randomSeed, seedIn } from "./controls.js";
import { change, follow, state } from "./state.js";

// Small layers hold poses and shapes, large ones colours (arXiv 1812.04948, section 3.1).
const THIRDS = { none: [0, 0], coarse: [0, 1 / 3], middle: [1 / 3, 2 / 3], fine: [2 / 3, 1] };

export function startMixing() {
  const seed = element("mix-seed");
  seed.addEventListener("input", () => {
    const mixSeed = seedIn(seed);
    if (mixSeed !== null) change({ mixSeed });
  });
  element("mix-random").addEventListener("click", () => {
    const none = !state.mixLayers.some(Boolean);
    change({ mixSeed: randomSeed(), ...(none ? { mixLayers: layersOf("coarse") } : {}) });
  });
  for (const button of document.querySelectorAll("[data-layers]")) {
    button.addEventListener("click", () => change({ mixLayers: layersOf(button.dataset.layers) }));
  }
  const buttons = state.mixLayers.map((_, layer) => {
    const size = about.layers[layer] ?? String(layer);
    const button = make("button", { type: "button", textContent: size });
    button.setAttribute("aria-label", `Layer ${layer}, ${size} pixels`);
    button.addEventListener("click", () => {
      const mixLayers = [...state.mixLayers];
      mixLayers[layer] = !mixLayers[layer];
      change({ mixLayers });
    });
    return button;
  });
  element("layers").append(...buttons);
  follow(({ mixSeed, mixLayers }) => {
    if (seedIn(seed) !== mixSeed && document.activeElement !== seed) seed.value = mixSeed;
    buttons.forEach((button, layer) => button.setAttribute("aria-pressed", String(mixLayers[layer])));
  });
}

function layersOf(third) {
  const [from, to] = THIRDS[third].map((part) => Math.round(part * about.num_ws));
  return state.mixLayers.map((_, layer) => from <= layer && layer < to);
}
