// A slider for each direction, and a name that people give it once they have seen what it does.

import { about } from "./blocks.js";
import { element, make, slider } from "./controls.js";
import { change, follow, state } from "./state.js";

const FAR = 5; // standard deviations, at both ends
const SHELF = `ada_tf directions of ${about.id}`;

export function startDirections() {
  element("directions").hidden = about.directions.length === 0;
  const names = remembered();
  const sliders = about.directions.map(({ name }, i) => {
    const title = make("input", { type: "text", value: names[name] ?? name, maxLength: 64, spellcheck: false });
    title.setAttribute("aria-label", `Name of direction ${name}`);
    title.addEventListener("change", () => {
      names[name] = title.value = title.value.trim() || name;
      remember(names);
      made.input.setAttribute("aria-label", title.value);
    });
    const made = slider(`direction-${i}`, title, { min: -FAR, max: FAR, step: 0.1, value: 0 }, (amount) => {
      const amounts = [...state.amounts];
      amounts[i] = amount;
      change({ amounts });
    });
    made.input.setAttribute("aria-label", title.value);
    made.input.addEventListener("dblclick", () => change({ amounts: state.amounts.map((a, d) => (d === i ? 0 : a)) }));
    element("sliders").append(made.box);
    return made;
  });
  element("straighten").addEventListener("click", () => change({ amounts: state.amounts.map(() => 0) }));
  follow(({ amounts }) => sliders.forEach((made, i) => made.show(amounts[i])));
}

// Some browsers keep nothing for pages that are opened from a disk; names then last as long as the page.
function remembered() {
  try {
    const found = JSON.parse(localStorage.getItem(SHELF) ?? "{}");
    return Object.fromEntries(Object.entries(found).filter(([, name]) => typeof name === "string"));
  } catch {
    return {};
  }
}

function remember(names) {
  try {
    localStorage.setItem(SHELF, JSON.stringify(names));
  } catch {
    // As it is.
  }
}
