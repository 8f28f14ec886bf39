// What the page carries: blocks of text inside of it, or files beside it where there are none.

export const about = JSON.parse(textOf("about"));

export function textOf(name) {
  return document.getElementById(`block-${name}`).textContent;
}

export async function contentOf(name) {
  return unpacked(await packedOf(name));
}

export async function floatsOf(name) {
  return new Float32Array((await contentOf(name)).buffer);
}

// Halves (IEEE 754 binary16) as floats, which not every browser has an array of.
export async function halvesOf(name) {
  const halves = new Uint16Array((await contentOf(name)).buffer);
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : (2 ** -14 * fraction) / 1024);
  });
}

async function packedOf(name) {
  const block = document.getElementById(`block-${name}`);
  if (block) return Uint8Array.from(atob(block.textContent), (character) => character.charCodeAt(0));
  // Not called .gz: servers would have the browser unpack those.
  const answer = await fetch(`${name}.gz.bin`);
  if (!answer.ok) throw new Error(`${name}: the server answers ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

async function unpacked(packed) {
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
