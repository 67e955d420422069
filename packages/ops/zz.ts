import * as tf from '@tensorflow/tfjs-core';
import { KERNELS, startEngine } from './src/index.ts';

await startEngine('wasm');
const S = [
  [64, 32, 3, 24, 3, 2],
  [64, 16, 24, 24, 3, 1],
  [64, 16, 24, 48, 3, 2],
  [64, 8, 48, 48, 3, 1],
  [64, 8, 48, 96, 3, 2],
  [64, 4, 96, 96, 3, 1],
  [64, 4, 96, 192, 3, 2],
  [64, 2, 192, 192, 3, 1],
  [64, 16, 24, 48, 1, 2],
  [128, 8, 24, 24, 3, 1],
  [128, 4, 48, 48, 3, 1],
  [128, 2, 96, 96, 3, 1],
  [128, 1, 192, 192, 3, 1],
];
const tot = [0, 0, 0];
for (const [n, h, ci, co, k, s] of S) {
  const x = tf.randomNormal([n, h, h, ci]),
    wt = tf.randomNormal([co, ci, k, k]);
  const p = k === 3 ? 1 : 0;
  const a = { stride: s, padding: p };
  const y = tf.engine().runKernel(KERNELS.convolution, { x, weight: wt }, a as any) as any;
  const flop = 2 * y.shape[1] ** 2 * n * ci * co * k * k;
  const fs = [
    () => tf.engine().runKernel(KERNELS.convolution, { x, weight: wt }, a as any),
    () =>
      tf
        .engine()
        .runKernel(KERNELS.convolutionInputGradient, { dy: y, weight: wt }, {
          ...a,
          inputShape: x.shape,
        } as any),
    () =>
      tf
        .engine()
        .runKernel(KERNELS.convolutionWeightGradient, { x, dy: y }, { ...a, weightShape: wt.shape } as any),
  ];
  const best = fs.map(() => Infinity);
  for (let i = 0; i < 60; i++)
    fs.forEach((f, j) => {
      const t = performance.now();
      const r = f();
      best[j] = Math.min(best[j], performance.now() - t);
      tf.dispose(r as any);
    });
  best.forEach((b, j) => (tot[j] += b));
  console.log(
    [n, h, ci, co, k, s].join().padEnd(20),
    best.map((b) => b.toFixed(2).padStart(7) + 'ms ' + (flop / b / 1e6).toFixed(0).padStart(4)).join('  '),
  );
}
console.log('total', tot.map((t) => t.toFixed(1)).join(' '));
