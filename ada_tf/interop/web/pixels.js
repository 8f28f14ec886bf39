// From what a network makes, floats in [-1, 1], to what is seen.

import { about } from "./blocks.js";

const SMALL = 128; // pixels of a side, below which they are shown as squares

export const isSmall = Math.max(...about.shape.slice(0, 2)) < SMALL;

// 127.5 x + 128, clipped and truncated: what ada-generate writes.
export function toBytes(floats) {
  const bytes = new Uint8Array(floats.length);
  for (let i = 0; i < floats.length; i++) bytes[i] = Math.min(Math.max(127.5 * floats[i] + 128, 0), 255);
  return bytes;
}

// Bytes of 1 to 4 channels (grey, grey and alpha, RGB, RGBA) as a canvas takes them.
export function toImageData(bytes, [height, width, channels]) {
  const image = new ImageData(width, height);
  const colours = channels > 2 ? 3 : 1;
  for (let i = 0, from = 0; i < image.data.length; i += 4, from += channels) {
    for (let c = 0; c < 3; c++) image.data[i + c] = bytes[from + Math.min(c, colours - 1)];
    image.data[i + 3] = channels > colours ? bytes[from + colours] : 255;
  }
  return image;
}
