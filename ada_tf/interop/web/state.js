// What is shown: one object, changed by controls and followed by everything else.

import { about } from "./blocks.js";

export const SEEDS = 2 ** 32; // NumPy takes seeds below
const ROW = 100; // from a seed of the plane to the one below it

export const state = {
  x: 0, // the place on the plane of seeds
  y: 0,
  psi: 1,
  toward: about.truncation,
  noise: true,
  classes: [0, Math.min(1, about.classes - 1)],
  share: 0, // of the second class
  attributes: about.attributes.map((_, i) => about.ranges[i]?.[1] ?? 0),
  mixSeed: 1,
  mixLayers: Array(about.num_ws).fill(false),
  amounts: about.directions.map(() => 0),
};

const followers = [];

export function follow(follower) {
  followers.push(follower);
}

export function change(values) {
  Object.assign(state, values);
  for (const follower of followers) follower(state);
}

// Seeds fill a plane: one after the other along x, a hundred further along y.
export function seedAt(x, y) {
  const number = (Math.round(x) + ROW * Math.round(y)) % SEEDS;
  return number < 0 ? number + SEEDS : number;
}

export function isSeed({ x, y }) {
  return Number.isInteger(x) && Number.isInteger(y);
}

// The seeds of the four corners around a place and their weights, those without weight left out.
export function cornersOf({ x, y }) {
  const left = Math.floor(x);
  const top = Math.floor(y);
  const corners = [];
  for (const [j, tall] of [[top, 1 - (y - top)], [top + 1, y - top]]) {
    for (const [i, wide] of [[left, 1 - (x - left)], [left + 1, x - left]]) {
      if (wide * tall > 0) corners.push({ seed: seedAt(i, j), weight: wide * tall });
    }
  }
  return corners;
}

// The numbers of a label as networks take them: shares of classes, then attributes. Null without labels.
export function labelOf({ classes, share, attributes }) {
  const width = about.classes + attributes.length;
  if (!width) return null;
  const label = new Float32Array(width);
  if (about.classes) {
    label[classes[0]] += 1 - share;
    label[classes[1]] += share;
  }
  label.set(attributes, about.classes);
  return label;
}
