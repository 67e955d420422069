/** 32-bit mixing function of the hash generator that all golden files share. */
function mix(value: number): number {
  let x = value >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d) >>> 0;
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b) >>> 0;
  x ^= x >>> 16;
  return x >>> 0;
}

/** u(stream, i) in [0, 1): the i-th value of a stream. */
export function hashUniform(stream: number, i: number): number {
  return mix((mix(stream) + Math.imul(i, 0x9e3779b9)) >>> 0) / 2 ** 32;
}

/** r(stream, i) = 2·u(stream, i) − 1 in [−1, 1). */
export function hashSigned(stream: number, i: number): number {
  return 2 * hashUniform(stream, i) - 1;
}

/** `size` values of r(stream, i)·scale, i = 0, 1, …, each rounded once to float32. */
export function hashTensor(stream: number, size: number, scale = 1): Float32Array {
  return fillFrom(stream, size, (r) => scale * r);
}

/** `size` values made of r(stream, i), each rounded once to float32. */
export function fillFrom(stream: number, size: number, value: (r: number) => number): Float32Array {
  const start = mix(stream);
  const filled = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    filled[i] = value((2 * mix((start + Math.imul(i, 0x9e3779b9)) >>> 0)) / 2 ** 32 - 1);
  }
  return filled;
}
