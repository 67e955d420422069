/**
 * Times forward + backward of the reference example's small ResNet: a student on 64 images of 32×32 and 128 of 16×16,
 * and a teacher's forward pass on the 64. Run: `npx tsx --conditions=@excb/source packages/ops/bench/train-step.ts
 * [--engine wasm] [--repeats 15] [--profile]`.
 */
import { parseArgs } from 'node:util';
import { batchNorm, conv2d, globalAveragePool, relu, startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'wasm' },
    repeats: { type: 'string', default: '15' },
    profile: { type: 'boolean', default: false },
  },
});

interface Unit {
  weight: tf.Variable;
  gain: tf.Variable;
  bias: tf.Variable;
}

const WIDTHS = [24, 48, 96, 192];
const STRIDES = [1, 2, 2, 2];

function unit(inputs: number, outputs: number, kernel: number): Unit {
  const deviation = Math.sqrt(2 / (outputs * kernel * kernel));
  return {
    weight: tf.variable(tf.randomNormal([outputs, inputs, kernel, kernel], 0, deviation)),
    gain: tf.variable(tf.ones([outputs])),
    bias: tf.variable(tf.zeros([outputs])),
  };
}

function network() {
  const stem = unit(3, WIDTHS[0], 3);
  const blocks = WIDTHS.map((width, i) => {
    const inputs = WIDTHS[Math.max(0, i - 1)];
    const shortcut = STRIDES[i] > 1 ? unit(inputs, width, 1) : undefined;
    return { stride: STRIDES[i], first: unit(inputs, width, 3), second: unit(width, width, 3), shortcut };
  });
  return { stem, blocks };
}

function convolve(x: tf.Tensor4D, { weight, gain, bias }: Unit, stride: number): tf.Tensor4D {
  const padding = (weight.shape[2]! - 1) / 2;
  return batchNorm(conv2d(x, weight, { stride, padding }), gain, bias);
}

function forward({ stem, blocks }: ReturnType<typeof network>, images: tf.Tensor4D): tf.Tensor2D {
  let x = relu(convolve(images, stem, 2));
  for (const { stride, first, second, shortcut } of blocks) {
    const inner = convolve(relu(convolve(x, first, stride)), second, 1);
    x = relu(tf.add(inner, shortcut ? convolve(x, shortcut, stride) : x));
  }
  return globalAveragePool(x);
}

console.log(await startEngine(values.engine));
const student = network();
const teacher = network();
const globals = tf.randomNormal([64, 32, 32, 3]) as tf.Tensor4D;
const locals = tf.randomNormal([128, 16, 16, 3]) as tf.Tensor4D;

const parts = {
  'student forward + backward': () =>
    tf.variableGrads(() => tf.add(tf.sum(forward(student, globals)), tf.sum(forward(student, locals)))),
  'teacher forward': () => forward(teacher, globals),
};

const repeats = Number(values.repeats);
let total = 0;
for (const [name, run] of Object.entries(parts)) {
  const times: number[] = [];
  const processorTimes: number[] = [];
  for (let i = 0; i < repeats; i++) {
    const before = performance.now();
    const usage = process.cpuUsage();
    const result = tf.tidy(() => run() as unknown as tf.TensorContainer);
    times.push(performance.now() - before);
    const { user, system } = process.cpuUsage(usage);
    processorTimes.push((user + system) / 1000);
    tf.dispose(result);
  }
  times.sort((a, b) => a - b);
  total += times[0];
  const median = times[Math.floor(repeats / 2)];
  const processor = Math.min(...processorTimes);
  console.log(
    `${name}: ${times[0].toFixed(1)} ms at best (${processor.toFixed(1)} ms of processor time), median ${median.toFixed(1)} ms`,
  );
}
console.log(`a step: ${total.toFixed(1)} ms at best`);

if (values.profile) {
  // The calls of a step come in the same order every time: the best of each says what an idle machine would take.
  const best: { name: string; milliseconds: number }[] = [];
  for (let i = 0; i < repeats; i++) {
    const profile = await tf.profile(() => {
      for (const run of Object.values(parts))
        tf.dispose(tf.tidy(() => run() as unknown as tf.TensorContainer));
    });
    for (const [call, { name, kernelTimeMs }] of profile.kernels.entries()) {
      const milliseconds = Number(await kernelTimeMs);
      best[call] ??= { name, milliseconds };
      best[call].milliseconds = Math.min(best[call].milliseconds, milliseconds);
    }
  }
  const sums = new Map<string, { count: number; milliseconds: number }>();
  for (const { name, milliseconds } of best) {
    const sum = sums.get(name) ?? { count: 0, milliseconds: 0 };
    sums.set(name, { count: sum.count + 1, milliseconds: sum.milliseconds + milliseconds });
  }
  const ranked = [...sums].sort((a, b) => b[1].milliseconds - a[1].milliseconds);
  for (const [name, { count, milliseconds }] of ranked) {
    console.log(
      `${name.padEnd(32)} ${String(count).padStart(5)} calls ${milliseconds.toFixed(1).padStart(8)} ms`,
    );
  }
  const sum = best.reduce((all, { milliseconds }) => all + milliseconds, 0);
  console.log(`every kernel call at its best: ${sum.toFixed(1)} ms a step`);
}
