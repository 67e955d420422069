/** Mixes 32 bits so that neighbouring inputs give unrelated outputs (xor, shift and multiply rounds). */
function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return (x ^ (x >>> 15)) >>> 0;
}

/** The key of a stream of draws, from any integers: a counter-based generator keeps no state. */
export function numberedStream(...keys: number[]): number {
  return keys.reduce((stream, key) => mix(stream ^ mix(key + 0x9e3779b9)), 0x6a09e667);
}

/** The key of the stream that belongs to a seed and a name. */
export function namedStream(seed: number, name: string): number {
  return numberedStream(seed, ...Array.from(name, (letter) => letter.codePointAt(0) ?? 0));
}

/** The `draw`-th value of a stream, in [0, 1). */
export function uniform(stream: number, draw: number): number {
  return mix(stream + mix(Math.imul(draw + 1, 0x9e3779b9))) / 2 ** 32;
}
