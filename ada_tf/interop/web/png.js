// Pictures as PNG (ISO/IEC 15948), with the very bytes that the network made: a canvas would lose what
// lies under alpha.

import { crc32, joinedBytes } from "./checksum.js";

const PNG_TYPES = { 1: 0, 2: 4, 3: 2, 4: 6 }; // channels -> grey, grey and alpha, RGB, RGBA

// `xmp` is the packet that the file says of itself.
export async function pngOf(bytes, [height, width, channels], xmp) {
  const rows = new Uint8Array(height * (1 + width * channels)); // each begins with its filter, none
  for (let row = 0; row < height; row++) {
    const line = bytes.subarray(row * width * channels, (row + 1) * width * channels);
    rows.set(line, row * (1 + width * channels) + 1);
  }
  const packed = new Blob([rows]).stream().pipeThrough(new CompressionStream("deflate"));
  const header = joinedBytes([bigEndian(width), bigEndian(height), Uint8Array.of(8, PNG_TYPES[channels], 0, 0, 0)]);
  return joinedBytes([
    Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10),
    ...chunk("IHDR", header),
    ...chunk("iTXt", new TextEncoder().encode(`XML:com.adobe.xmp\0\0\0\0\0${xmp}`)),
    ...chunk("IDAT", new Uint8Array(await new Response(packed).arrayBuffer())),
    ...chunk("IEND", new Uint8Array()),
  ]);
}

function chunk(name, content) {
  const title = new TextEncoder().encode(name);
  return [bigEndian(content.length), title, content, bigEndian(crc32(title, content))];
}

function bigEndian(number) {
  return Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number);
}
