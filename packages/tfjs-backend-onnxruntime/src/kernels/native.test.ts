import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectSameAsOnCpu, Inputs } from '../../test/kernel-calls.ts';
import { configure } from '../index.ts';

const GRID = 12;
const seeds = Array.from({ length: GRID }, (_, i) => i + 1);

/** Sizes and windows drawn anew for every seed, which the name of the test gives. */
describe.each(seeds)('native kernels against tfjs-cpu, seed %i', (seed) => {
  const inputs = new Inputs(seed);
  beforeAll(() => configure({ threads: 1, strict: true }));

  it('resize', async () => {
    const images = inputs.floats([2, inputs.pick([1, 3, 6, 8]), inputs.pick([2, 5, 7]), 3]);
    const size = [inputs.pick([1, 4, 5, 11]), inputs.pick([2, 3, 9])];
    const sampling = inputs.pick([
      { alignCorners: false, halfPixelCenters: false },
      { alignCorners: true, halfPixelCenters: false },
      { alignCorners: false, halfPixelCenters: true },
    ]);
    const attributes = { size, ...sampling };
    for (const kernel of [tf.ResizeBilinear, tf.ResizeNearestNeighbor]) {
      await expectSameAsOnCpu({ kernel, inputs: { images }, attributes });
    }
    // tfjs-cpu leaves half-pixel centres out of gradients, swaps height and width in their shape, and mixes up the
    // images of a batch: see below for those.
    if (sampling.halfPixelCenters) return;
    const square = inputs.floats([1, 6, 6, 3]);
    const dy = inputs.floats([1, ...size, 3]);
    for (const kernel of [tf.ResizeBilinearGrad, tf.ResizeNearestNeighborGrad]) {
      await expectSameAsOnCpu({ kernel, inputs: { images: square, dy }, attributes });
    }
  });

  it('crop and resize', async () => {
    await expectSameAsOnCpu({
      kernel: tf.CropAndResize,
      inputs: {
        image: inputs.floats([3, 6, 7, 2]),
        boxes: inputs.floats([5, 4], -0.3, 1.3),
        boxInd: inputs.ints([5], 0, 3),
      },
      attributes: {
        cropSize: [inputs.pick([1, 3, 8]), inputs.pick([2, 5])],
        method: inputs.pick(['bilinear', 'nearest']),
        extrapolationValue: 0.25,
      },
    });
  });

  it('pools of images and volumes, and their gradients', async () => {
    const strides = inputs.pick([1, 2, 3]);
    // tfjs pads volumes by less than nothing where strides are above the filter's size.
    const filterSize = strides === 3 ? 3 : inputs.pick([2, 3]);
    const pad = inputs.pick(['same', 'valid', 1]);
    const attributes = { filterSize, strides, pad };
    const [h, w] = [inputs.pick([5, 6, 9]), inputs.pick([4, 7])];
    const images = inputs.floats([2, h, w, 3]);
    const { outShape } = tf.backend_util.computePool2DInfo(
      [2, h, w, 3],
      filterSize,
      strides,
      1,
      pad as 'same',
    );
    const dy = inputs.floats(outShape);
    for (const kernel of [tf.MaxPool, tf.AvgPool]) {
      await expectSameAsOnCpu({ kernel, inputs: { x: images }, attributes });
    }
    for (const includeBatchInIndex of [true, false]) {
      await expectSameAsOnCpu({
        kernel: tf.MaxPoolWithArgmax,
        inputs: { x: images },
        attributes: { ...attributes, includeBatchInIndex },
      });
    }
    for (const kernel of [tf.MaxPoolGrad, tf.AvgPoolGrad]) {
      await expectSameAsOnCpu({ kernel, inputs: { dy, input: images, output: dy }, attributes });
    }

    const depth = inputs.pick([4, 5]);
    const shape = [2, depth, h, w, 2] as [number, number, number, number, number];
    const info = tf.backend_util.computePool3DInfo(shape, filterSize, strides, 1, pad as 'same');
    // Few values, so that many are equal.
    const volumes = { ...inputs.ints(shape, 0, 4), dtype: 'float32' as const };
    const volumeDy = inputs.floats(info.outShape);
    for (const kernel of [tf.MaxPool3D, tf.AvgPool3D]) {
      await expectSameAsOnCpu({ kernel, inputs: { x: volumes }, attributes });
    }
    for (const kernel of [tf.MaxPool3DGrad, tf.AvgPool3DGrad]) {
      await expectSameAsOnCpu({ kernel, inputs: { dy: volumeDy, input: volumes }, attributes });
    }
  });

  it('convolutions of volumes and their gradients', async () => {
    const attributes = {
      strides: inputs.pick([1, 2, [1, 2, 1]]),
      pad: inputs.pick(['same', 'valid']),
      dilations: 1,
      dataFormat: 'NDHWC',
    };
    const shape = [2, inputs.pick([4, 5]), 6, inputs.pick([5, 7]), 3];
    const x = inputs.floats(shape);
    const filter = inputs.floats([2, 3, inputs.pick([1, 3]), 3, 4]);
    const { outShape } = tf.backend_util.computeConv3DInfo(
      shape as [number, number, number, number, number],
      filter.shape as [number, number, number, number, number],
      attributes.strides as number,
      1,
      attributes.pad as 'same',
    );
    const dy = inputs.floats(outShape);
    await expectSameAsOnCpu({ kernel: tf.Conv3D, inputs: { x, filter }, attributes });
    await expectSameAsOnCpu({
      kernel: tf.Conv3DBackpropInputV2,
      inputs: { dy, filter },
      attributes: { ...attributes, inputShape: shape },
    });
    await expectSameAsOnCpu({
      kernel: tf.Conv3DBackpropFilterV2,
      inputs: { x, dy },
      attributes: { ...attributes, filterShape: filter.shape },
    });
  });

  it('gradients of depthwise convolutions', async () => {
    const attributes = {
      strides: inputs.pick([1, 2]),
      pad: inputs.pick(['same', 'valid', 1]),
      dilations: 1,
    };
    const shape = [2, inputs.pick([5, 6]), inputs.pick([4, 7]), 3] as [number, number, number, number];
    const filter = inputs.floats([3, 2, 3, inputs.pick([1, 2])]);
    const { outShape } = tf.backend_util.computeConv2DInfo(
      shape,
      filter.shape as [number, number, number, number],
      attributes.strides,
      attributes.dilations,
      attributes.pad as 'same',
      undefined,
      true,
    );
    const x = inputs.floats(shape);
    const dy = inputs.floats(outShape);
    await expectSameAsOnCpu({
      kernel: tf.DepthwiseConv2dNativeBackpropInput,
      inputs: { dy, filter },
      attributes: { ...attributes, inputShape: shape },
    });
    await expectSameAsOnCpu({
      kernel: tf.DepthwiseConv2dNativeBackpropFilter,
      inputs: { x, dy },
      attributes: { ...attributes, filterShape: filter.shape },
    });
  });

  it('convolutions in either data format, with bias and activation', async () => {
    const x = inputs.floats([2, 3, 6, 5]);
    const filter = inputs.floats([3, 2, 3, 4]);
    await expectSameAsOnCpu({
      kernel: tf.FusedConv2D,
      inputs: { x, filter, bias: inputs.floats([4]), preluActivationWeights: inputs.floats([4]) },
      attributes: {
        strides: inputs.pick([1, 2]),
        pad: inputs.pick(['same', 'valid']),
        dataFormat: 'NCHW',
        dilations: 1,
        activation: inputs.pick(['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu', 'prelu']),
        leakyreluAlpha: 0.3,
      },
    });
  });

  it('dilation and its gradients', async () => {
    const attributes = {
      strides: inputs.pick([1, 2]),
      pad: inputs.pick(['same', 'valid']),
      dilations: inputs.pick([1, 2]),
    };
    const shape = [2, 7, inputs.pick([6, 8]), 3] as [number, number, number, number];
    const x = inputs.floats(shape);
    const filter = inputs.floats([2, 3, 3]);
    const { outShape } = tf.backend_util.computeDilation2DInfo(
      shape,
      [2, 3, 3],
      attributes.strides,
      attributes.pad as 'same',
      'NHWC',
      attributes.dilations,
    );
    const dy = inputs.floats(outShape);
    await expectSameAsOnCpu({ kernel: tf.Dilation2D, inputs: { x, filter }, attributes });
    for (const kernel of [tf.Dilation2DBackpropInput, tf.Dilation2DBackpropFilter]) {
      await expectSameAsOnCpu({ kernel, inputs: { x, filter, dy }, attributes });
    }
  });

  it('local response normalisation and its gradient', async () => {
    const x = inputs.floats([2, 3, 4, inputs.pick([1, 4, 7])]);
    const attributes = { depthRadius: inputs.pick([0, 1, 3]), bias: 1.5, alpha: 0.7, beta: 0.6 };
    const [y, dy] = [inputs.floats(x.shape), inputs.floats(x.shape)];
    await expectSameAsOnCpu({ kernel: tf.LRN, inputs: { x }, attributes });
    await expectSameAsOnCpu({ kernel: tf.LRNGrad, inputs: { x, y, dy }, attributes });
  });

  it('cumulative products, search and the largest entries', async () => {
    const x = inputs.floats([3, 4, 5]);
    await expectSameAsOnCpu({
      kernel: tf.Cumprod,
      inputs: { x },
      attributes: {
        axis: inputs.pick([0, 1, 2]),
        exclusive: inputs.pick([true, false]),
        reverse: inputs.pick([true, false]),
      },
    });
    await expectSameAsOnCpu({
      kernel: tf.SearchSorted,
      inputs: {
        sortedSequence: { values: [0, 1, 1, 2, 5, -3, -3, 0, 0, 4], shape: [2, 5], dtype: 'int32' },
        values: inputs.ints([2, 6], -4, 6),
      },
      attributes: { side: inputs.pick(['left', 'right']) },
    });
    await expectSameAsOnCpu({
      kernel: tf.TopK,
      inputs: { x: inputs.ints([3, 9], 0, 4) },
      attributes: { k: inputs.pick([1, 4, 9]), sorted: true },
    });
  });

  it('gathering, scattering and counting', async () => {
    await expectSameAsOnCpu({
      kernel: tf.GatherV2,
      inputs: { x: inputs.floats([2, 3, 4, 5]), indices: inputs.ints([2, 6], 0, 4) },
      attributes: { axis: 2, batchDims: inputs.pick([0, 1]) },
    });
    await expectSameAsOnCpu({
      kernel: tf.ScatterNd,
      inputs: { indices: inputs.ints([7, 2], 0, 3), updates: inputs.floats([7, 4]) },
      attributes: { shape: [3, 3, 4] },
    });
    await expectSameAsOnCpu({
      kernel: tf.DenseBincount,
      inputs: { x: inputs.ints([3, 8], 0, 7), weights: inputs.floats([3, 8]) },
      attributes: { size: 5, binaryOutput: inputs.pick([true, false]) },
    });
  });

  it('mirrored borders and slices backwards', async () => {
    const x = inputs.floats([4, 5]);
    await expectSameAsOnCpu({
      kernel: tf.MirrorPad,
      inputs: { x },
      attributes: {
        paddings: [
          [inputs.pick([0, 2]), 3],
          [1, inputs.pick([0, 4])],
        ],
        mode: inputs.pick(['reflect', 'symmetric']),
      },
    });
    await expectSameAsOnCpu({
      kernel: tf.StridedSlice,
      inputs: { x },
      attributes: {
        begin: [inputs.pick([-1, 2]), 4],
        end: [inputs.pick([-5, 0]), inputs.pick([-6, 1])],
        strides: [-1, inputs.pick([-1, -2])],
        beginMask: 0,
        endMask: 0,
        ellipsisMask: 0,
        newAxisMask: 0,
        shrinkAxisMask: 0,
      },
    });
  });
});

describe('native kernels at the ends of the numbers', () => {
  beforeAll(() => configure({ threads: 1, strict: true }));
  const floats = (values: number[]) => ({ values, shape: [values.length], dtype: 'float32' as const });
  const { POSITIVE_INFINITY: INFINITY, NaN: NAN } = Number;

  it('angles', async () => {
    const all = [0, 1, -2, 1e-30, -3e30, INFINITY, -INFINITY, NAN];
    const a = floats(all.flatMap((y) => all.map(() => y)));
    const b = floats(all.flatMap(() => all));
    await expectSameAsOnCpu({ kernel: tf.Atan2, inputs: { a, b } });
  });

  it.each([
    [[5, 3, 1, 1], []],
    [[1], [5, 3, 1, 1]],
    [
      [4, 1],
      [1, 1],
    ],
    [[1, 1, 1], []],
  ])('[%s] and [%s], a scalar with axes of one', async (a, b) => {
    const inputs = new Inputs(a.length);
    const operands = { a: inputs.floats(a), b: inputs.floats(b) };
    for (const kernel of [tf.Multiply, tf.Sub, tf.Greater]) {
      await expectSameAsOnCpu({ kernel, inputs: operands });
    }
  });

  it.each([tf.Sign, tf.Step, tf.Min, tf.ArgMin])('%s of numbers with NaN among them', async (kernel) => {
    const x = floats([1, -3, NAN, 0, -INFINITY, 4]);
    await expectSameAsOnCpu({ kernel, inputs: { x }, attributes: { alpha: 0.1, axis: 0 } });
    const whole = { values: [3, -2, 2, 1], shape: [2, 2], dtype: 'float32' as const };
    await expectSameAsOnCpu({ kernel, inputs: { x: whole }, attributes: { alpha: 0, axis: 1 } });
  });

  it.each([3, 8, 30])('a Fourier transform of %i numbers and back', async (length) => {
    const inputs = new Inputs(length);
    const rows = [inputs.floats([2, length]), inputs.floats([2, length])].map(({ values }) => [...values]);
    const transformed = async (backend: string): Promise<number[]> => {
      await tf.setBackend(backend);
      const signal = tf.complex(tf.tensor2d(rows[0], [2, length]), tf.tensor2d(rows[1], [2, length]));
      const spectrum = tf.fft(signal);
      return [...(await spectrum.data()), ...(await tf.ifft(spectrum).data())];
    };
    const expected = await transformed('cpu');
    const got = await transformed('onnxruntime');
    expect(Math.max(...got.map((value, i) => Math.abs(value - expected[i])))).toBeLessThan(1e-4);
  });
});

/** tfjs-cpu is no reference for these gradients. */
it.each([
  [tf.ResizeBilinear, tf.ResizeBilinearGrad, true],
  [tf.ResizeNearestNeighbor, tf.ResizeNearestNeighborGrad, true],
  [tf.ResizeBilinear, tf.ResizeBilinearGrad, false],
  [tf.ResizeNearestNeighbor, tf.ResizeNearestNeighborGrad, false],
])(
  'the gradient of %s is its transpose: %s, half-pixel centres %s',
  async (kernel, gradient, halfPixelCenters) => {
    configure({ threads: 1, strict: true });
    await tf.setBackend('onnxruntime');
    const inputs = new Inputs(3);
    const attributes = { size: [7, 4], alignCorners: false, halfPixelCenters };
    const [x, dy] = [inputs.floats([3, 4, 6, 2]), inputs.floats([3, 7, 4, 2])].map(({ values, shape }) =>
      tf.tensor([...values], shape),
    );
    const y = tf.engine().runKernel(kernel, { images: x }, attributes) as tf.Tensor;
    const dx = tf.engine().runKernel(gradient, { images: x, dy }, attributes) as tf.Tensor;
    const products = await tf.stack([tf.sum(tf.mul(y, dy)), tf.sum(tf.mul(x, dx))]).data();
    expect(products[0]).toBeCloseTo(products[1], 4);
  },
);
