// w as an .npz, which numpy.load and --ws read: a ZIP that stores one .npy.

import { crc32, joinedBytes } from "./checksum.js";

const MADE = 0x0021; // the date of every entry, 1980-01-01, so that the same w gives the same file

export function npzOf(name, floats, shape) {
  const content = npyOf(floats, shape);
  const title = new TextEncoder().encode(`${name}.npy`);
  const crc = crc32(content);
  // Version 2.0, no flags, stored, time and date, checksum, both sizes, length of the name, no more.
  const common = fields([20, 2], [0, 2], [0, 2], [0, 2], [MADE, 2], [crc, 4], [content.length, 4],
    [content.length, 4], [title.length, 2], [0, 2]);
  const local = [fields([0x04034b50, 4]), common, title, content];
  const directory = [fields([0x02014b50, 4], [20, 2]), common, new Uint8Array(14), title];
  const start = sizeOf(local);
  const end = fields([0x06054b50, 4], [0, 2], [0, 2], [1, 2], [1, 2], [sizeOf(directory), 4], [start, 4], [0, 2]);
  return joinedBytes([...local, ...directory, end]);
}

function npyOf(floats, shape) {
  const words = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(", ")}), }`;
  const header = `${words.padEnd(Math.ceil((words.length + 11) / 64) * 64 - 11)}\n`; // 10 bytes come before
  const magic = joinedBytes([Uint8Array.of(0x93), new TextEncoder().encode("NUMPY"), Uint8Array.of(1, 0)]);
  const numbers = new DataView(new ArrayBuffer(4 * floats.length));
  floats.forEach((value, i) => numbers.setFloat32(4 * i, value, true));
  return joinedBytes([
    magic, fields([header.length, 2]), new TextEncoder().encode(header), new Uint8Array(numbers.buffer),
  ]);
}

// Numbers, each of so many bytes, the lowest first.
function fields(...numbers) {
  const bytes = numbers.flatMap(([number, size]) =>
    Array.from({ length: size }, (_, i) => Math.floor(number / 256 ** i) & 255),
  );
  return Uint8Array.from(bytes);
}

function sizeOf(parts) {
  return parts.reduce((size, part) => size + part.length, 0);
}
