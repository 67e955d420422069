import type { Value } from '../../graph/graph.ts';
import { type Recorder, range } from '../recorder.ts';
import { type Convolution, padded, sampled } from './geometry.ts';

/** [c · taps, h · w · n]: what every tap of the kernel sees (im2col). */
export function columnsOf(
  record: Recorder,
  x: Value,
  [kernelHeight, kernelWidth]: readonly number[],
  [height, width]: readonly number[],
  { strides, padding, dilations }: Convolution,
): Value {
  const [c, , , n] = x.shape;
  const positions = height * width * n;
  const images = padded(record, x, padding);
  const taps = range(kernelHeight * kernelWidth).map((tap) => {
    const corner = [Math.floor(tap / kernelWidth) * dilations[0], (tap % kernelWidth) * dilations[1]];
    return sampled(record, images, corner, [height, width], strides);
  });
  if (taps.length === 1) return record.reshape(taps[0], [c, positions]);
  const parts = taps.map((tap) => record.reshape(tap, [c, 1, positions]));
  const together = record.op('Concat', parts, [c, taps.length, positions], { attributes: { axis: 1 } });
  return record.reshape(together, [c * taps.length, positions]);
}
