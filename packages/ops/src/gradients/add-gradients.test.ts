import * as tf from '@tensorflow/tfjs-core';
import { expect, it, vi } from 'vitest';
import { expectClose } from '../../test/compare.ts';
import { describeEveryEngine } from '../../test/every-engine.ts';
import { distinct, expectGradients } from '../../test/finite-differences.ts';
import { noise } from '../../test/noise.ts';
import { addGradients } from './add-gradients.ts';

type Case = [name: string, f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: () => tf.Tensor[]];

const positive = (shape: number[], seed = 1) => noise(shape, seed, 0.4, 1);
const indices = (values: number[]) => tf.tensor1d(values, 'int32');

const BROADCAST: [number[], number[]][] = [
  [
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3]],
  [[3], [2, 3]],
  [
    [2, 1, 4],
    [3, 1],
  ],
  [[2, 2], []],
];

const binary: Case[] = BROADCAST.flatMap(([a, b]): Case[] => {
  const label = `[${a}] and [${b}]`;
  return [
    [`add ${label}`, tf.add, () => [noise(a), noise(b, 2)]],
    [`sub ${label}`, tf.sub, () => [noise(a), noise(b, 2)]],
    [`mul ${label}`, tf.mul, () => [noise(a), noise(b, 2)]],
    [`div ${label}`, tf.div, () => [noise(a), positive(b, 2)]],
    [`squaredDifference ${label}`, tf.squaredDifference, () => [noise(a), noise(b, 2)]],
    [`maximum ${label}`, tf.maximum, () => [distinct(a), noise(b, 2, 0, 0.003)]],
    [`minimum ${label}`, tf.minimum, () => [distinct(a), noise(b, 2, 0, 0.003)]],
    [`pow ${label}`, tf.pow, () => [positive(a), noise(b, 2, 1, 1.5)]],
  ];
});

const unary: Case[] = [
  ['neg', tf.neg, () => [noise([5])]],
  ['abs', tf.abs, () => [distinct([6])]],
  ['square', tf.square, () => [noise([5])]],
  ['exp', tf.exp, () => [noise([5])]],
  ['log', tf.log, () => [positive([5])]],
  ['log1p', tf.log1p, () => [positive([5])]],
  ['sqrt', tf.sqrt, () => [positive([5])]],
  ['rsqrt', tf.rsqrt, () => [positive([5])]],
  ['reciprocal', tf.reciprocal, () => [positive([5])]],
  ['sigmoid', tf.sigmoid, () => [noise([5])]],
  ['tanh', tf.tanh, () => [noise([5])]],
  ['softplus', tf.softplus, () => [noise([5])]],
  ['erf', tf.erf, () => [noise([5])]],
  ['sin', tf.sin, () => [noise([5])]],
  ['cos', tf.cos, () => [noise([5])]],
  ['elu', tf.elu, () => [distinct([6])]],
  ['relu', tf.relu, () => [distinct([2, 3, 3])]],
  ['clone', (x) => tf.clone(x), () => [noise([5])]],
  ['clipByValue', (x) => tf.clipByValue(x, -0.1, 0.2), () => [distinct([8])]],
];

const reductions: Case[] = [undefined, 0, 1, -1, [0, 2], [0, 1]].flatMap((axis): Case[] => {
  const label = `over ${axis}`;
  return [false, true].flatMap((keep): Case[] => [
    [`sum ${label}, keepDims ${keep}`, (x) => tf.sum(x, axis, keep), () => [noise([2, 3, 4])]],
    [`mean ${label}, keepDims ${keep}`, (x) => tf.mean(x, axis, keep), () => [noise([2, 3, 4])]],
    [`max ${label}, keepDims ${keep}`, (x) => tf.max(x, axis, keep), () => [distinct([2, 3, 4])]],
    [`min ${label}, keepDims ${keep}`, (x) => tf.min(x, axis, keep), () => [distinct([2, 3, 4])]],
  ]);
});

const shapes: Case[] = [
  ['reshape', (x) => tf.reshape(x, [3, 2]), () => [noise([2, 3])]],
  ['expandDims', (x) => tf.expandDims(x, 1), () => [noise([2, 3])]],
  ['squeeze', (x) => tf.squeeze(x), () => [noise([2, 1, 3])]],
  ['transpose', (x) => tf.transpose(x, [1, 2, 0]), () => [noise([2, 3, 2])]],
  ['reverse', (x) => tf.reverse(x, [0, 2]), () => [noise([2, 3, 2])]],
  ['slice', (x) => tf.slice(x, [0, 1, 1], [2, 2, -1]), () => [noise([2, 3, 4])]],
  ['slice along the first axis', (x) => tf.slice(x, 1, 2), () => [noise([4, 2])]],
  [
    'pad',
    (x) =>
      tf.pad(x, [
        [1, 0],
        [2, 3],
      ]),
    () => [noise([2, 3])],
  ],
  ['tile', (x) => tf.tile(x, [2, 1, 3]), () => [noise([2, 3, 2])]],
  ['broadcastTo', (x) => tf.broadcastTo(x, [4, 2, 3]), () => [noise([2, 1])]],
  ['concat', (a, b, c) => tf.concat([a, b, c], 1), () => [noise([2, 3]), noise([2, 1], 2), noise([2, 2], 3)]],
  ['split', (x) => tf.mul(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor])), () => [noise([2, 4])]],
  ['one part of a split', (x) => tf.split(x, [1, 2, 1], 1)[1], () => [noise([2, 4])]],
  ['stack', (a, b) => tf.stack([a, b], 1), () => [noise([2, 3]), noise([2, 3], 2)]],
  ['unstack', (x) => tf.mul(...(tf.unstack(x, 1) as [tf.Tensor, tf.Tensor])), () => [noise([3, 2])]],
  ['addN', (a, b, c) => tf.addN([a, b, c]), () => [noise([2]), noise([2], 2), noise([2], 3)]],
  ['an operand used twice', (x) => tf.add(tf.mul(x, x), x), () => [noise([4])]],
];

const selections: Case[] = [
  ['gather rows', (x) => tf.gather(x, indices([2, 0, 2])), () => [noise([3, 2])]],
  ['gather columns', (x) => tf.gather(x, indices([1, 1, 3]), 1), () => [noise([2, 4, 2])]],
  [
    'gather by a matrix',
    (x) =>
      tf.gather(
        x,
        tf.tensor2d(
          [
            [0, 1],
            [1, 2],
          ],
          [2, 2],
          'int32',
        ),
        1,
      ),
    () => [noise([2, 3])],
  ],
  ['unsortedSegmentSum', (x) => tf.unsortedSegmentSum(x, indices([2, 0, 2, -1]), 3), () => [noise([4, 2])]],
  ['where', (a, b) => tf.where(tf.greater(a, 0), a, b), () => [distinct([2, 3]), noise([2, 3], 2)]],
  [
    'where with a row',
    (a, b) => tf.where(tf.tensor1d([true, false, true]), a, b),
    () => [noise([2, 3]), noise([3], 2)],
  ],
  ['softmax', (x) => tf.softmax(x), () => [noise([2, 5])]],
  ['logSoftmax', (x) => tf.logSoftmax(x), () => [noise([2, 5])]],
  ['logSumExp', (x) => tf.logSumExp(x, 1), () => [noise([2, 5])]],
];

const products: Case[] = [false, true].flatMap((transposeA) =>
  [false, true].flatMap((transposeB): Case[] => {
    const label = `matMul, transposed ${transposeA} ${transposeB}`;
    const factors = (batchA: number[], batchB: number[]) => () => [
      noise([...batchA, ...(transposeA ? [5, 6] : [6, 5])]),
      noise([...batchB, ...(transposeB ? [3, 5] : [5, 3])], 2),
    ];
    const f = (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, transposeA, transposeB);
    return [
      [label, f, factors([], [])],
      [`${label}, batched`, f, factors([2, 2], [2, 2])],
      [`${label}, one right factor for all`, f, factors([3], [1])],
    ];
  }),
);

const images: Case[] = [
  ...([1, 2] as const).flatMap((stride): Case[] =>
    (['same', 'valid', 1] as const).map(
      (pad): Case => [
        `tfjs conv2d, stride ${stride}, pad ${pad}`,
        (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
        () => [noise([2, 5, 4, 2]), noise([3, 3, 2, 3], 2)],
      ],
    ),
  ),
  ['avgPool', (x) => tf.avgPool(x as tf.Tensor4D, 2, 2, 'valid'), () => [noise([1, 4, 4, 2])]],
  ['maxPool', (x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'), () => [distinct([1, 5, 5, 2])]],
];

describeEveryEngine('gradients', () => {
  it.each([...binary, ...unary, ...reductions, ...shapes, ...selections, ...products, ...images])(
    '%s agrees with finite differences',
    (_, f, inputs) => {
      tf.tidy(() => expectGradients(f, inputs(), { step: 2e-3 }));
    },
  );

  it('is zero through operations that are flat', () => {
    tf.tidy(() => {
      const x = distinct([3, 2]);
      const flat = [tf.step, tf.sign, tf.floor, tf.round, tf.zerosLike, tf.onesLike];
      for (const f of flat)
        expectClose(
          tf
            .grad((v) => f(v))(x)
            .dataSync(),
          new Float32Array(6),
          0,
        );
      const share = tf.grad((v) => tf.mul(v, tf.cast(tf.greater(v, 0), 'float32')))(x);
      expectClose(share.dataSync(), tf.step(x).dataSync(), 0);
    });
  });

  it('gives every equal maximum the gradient, and the first operand of equal ones', () => {
    tf.tidy(() => {
      const tied = tf.tensor1d([1, 3, 3]);
      expectClose(
        tf
          .grad((x) => tf.max(x))(tied)
          .dataSync(),
        [0, 1, 1],
        0,
      );
      const [a, b] = tf.grads((x: tf.Tensor, y: tf.Tensor) => tf.maximum(x, y))([
        tied,
        tf.tensor1d([1, 3, 3]),
      ]);
      expectClose(a.dataSync(), [1, 1, 1], 0);
      expectClose(b.dataSync(), [0, 0, 0], 0);
    });
  });

  it('registers again without a word and without a change', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const before = tf.getGradient('Sum');
    addGradients();
    expect(tf.getGradient('Sum')).toBe(before);
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
