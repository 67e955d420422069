/**
 * Time and memory of a k-NN evaluation: `npx tsx --conditions=@excb/source packages/eval/bench/knn.ts`, with the
 * names of engines (host, cpu, wasm) as arguments. Peak memory is the process's, so that one engine a run is exact.
 */
import { tfjsBackend } from '@excb/tensor/tfjs';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { formatKnnReport, knn } from '../src/index.ts';

const BANK = 50_000;
const QUERIES = 5_000;
const SIZE = 384;
const CLASSES = 100;
const CHUNK = 1_000;

/** Features around the axis of each row's class. */
function rows(count: number, seed: number) {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const features = Float32Array.from({ length: count * SIZE }, random);
  const labels = Int32Array.from({ length: count }, () => Math.floor(((random() + 1) / 2) * CLASSES));
  labels.forEach((label, row) => {
    features[row * SIZE + label] += 4;
  });
  return { features, size: SIZE, labels };
}

function* bank() {
  for (let row = 0; row < BANK; row += CHUNK) yield rows(CHUNK, row + 1);
}

const queries = rows(QUERIES, 7);
for (const engine of process.argv.length > 2 ? process.argv.slice(2) : ['host', 'wasm']) {
  if (engine !== 'host') await tf.setBackend(engine);
  const before = process.resourceUsage().maxRSS;
  const start = performance.now();
  const report = await knn({
    bank: bank(),
    queries,
    classes: CLASSES,
    names: { features: 'synthetic' },
    ...(engine !== 'host' && { backend: tfjsBackend(tf) }),
  });
  const seconds = (performance.now() - start) / 1000;
  const growth = (process.resourceUsage().maxRSS - before) / 1024;
  console.log(formatKnnReport(report));
  console.log(`${engine}: ${seconds.toFixed(1)} s, peak memory +${growth.toFixed(0)} MiB\n`);
}
