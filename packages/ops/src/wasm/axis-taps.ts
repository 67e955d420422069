/** One tap of a kernel along one axis: which kernel position reads which source position. */
export interface AxisTap {
  tap: number;
  source: number;
}

export interface AxisGeometry {
  input: number;
  output: number;
  kernel: number;
  stride: number;
  padding: number;
}

/** For every output position, the taps that fall inside the input (padding is left out, not multiplied). */
export function forwardTaps({ input, output, kernel, stride, padding }: AxisGeometry): AxisTap[][] {
  return Array.from({ length: output }, (_, o) =>
    Array.from({ length: kernel }, (_, tap) => ({ tap, source: o * stride + tap - padding })).filter(
      ({ source }) => source >= 0 && source < input,
    ),
  );
}

/** For every input position, the taps through which an output position has read it. */
export function backwardTaps(axis: AxisGeometry): AxisTap[][] {
  const readers: AxisTap[][] = Array.from({ length: axis.input }, () => []);
  forwardTaps(axis).forEach((taps, output) => {
    for (const { tap, source } of taps) readers[source].push({ tap, source: output });
  });
  for (const taps of readers) taps.sort((a, b) => a.tap - b.tap);
  return readers;
}
