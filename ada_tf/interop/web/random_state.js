// z of a seed as NumPy draws it: RandomState(seed).randn(1, z_dim).
// MT19937 (Matsumoto and Nishimura 1998), doubles of 53 bits, Marsaglia's polar method.

const MT_SIZE = 624;
const MT_SHIFT = 397;

export class RandomState {
  constructor(seed) {
    this.words = new Uint32Array(MT_SIZE);
    this.next = MT_SIZE;
    this.spare = null; // the polar method makes two numbers at a time
    this.words[0] = seed >>> 0;
    for (let i = 1; i < MT_SIZE; i++) {
      const last = this.words[i - 1];
      this.words[i] = Math.imul(1812433253, last ^ (last >>> 30)) + i;
    }
  }

  uint32() {
    if (this.next === MT_SIZE) this.#twist();
    let y = this.words[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  // Uniform in [0, 1).
  double() {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  // N(0, 1).
  normal() {
    if (this.spare !== null) {
      const kept = this.spare;
      this.spare = null;
      return kept;
    }
    let x, y, square;
    do {
      x = 2 * this.double() - 1;
      y = 2 * this.double() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const scale = Math.sqrt((-2 * Math.log(square)) / square);
    this.spare = scale * x;
    return scale * y;
  }

  #twist() {
    const words = this.words;
    for (let i = 0; i < MT_SIZE; i++) {
      const y = (words[i] & 0x80000000) | (words[(i + 1) % MT_SIZE] & 0x7fffffff);
      const mask = y & 1 ? 0x9908b0df : 0;
      words[i] = words[(i + MT_SHIFT) % MT_SIZE] ^ (y >>> 1) ^ mask;
    }
    this.next = 0;
  }
}

export function latentOf(seed, width) {
  const state = new RandomState(seed);
  return Float32Array.from({ length: width }, () => state.normal());
}
