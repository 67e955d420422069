import { setTimeout as pause } from 'node:timers/promises';
import { type Assigner, createBalancer, createMira, createSinkhorn } from '@excb/balancer';
import { createKernelArrays, type HostTensor, hostBackend, type TensorBackend } from '@excb/tensor';
import { tfjsBackend } from '@excb/tensor/tfjs';
import { createThreadedHost } from '@excb/tensor/threads';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';

/** A way to do a step, ready to be called. */
export interface Contender {
  step(): Promise<void>;
  /** The same with few rows of as many clusters as it likes, so that only what the size takes is counted as its memory. */
  warmUp?(): Promise<void>;
}

/** The arrays of a step: `[rows, K]` each, both in memory. */
export interface Arrays {
  rows: number;
  clusters: number;
  similarities: Float32Array;
  targets: Float32Array;
}

const SMALL = { rows: 64, clusters: 2048 };

/** Steps of an assigner on typed arrays, targets written into the array that is there. */
function onHost(
  make: (clusters: number) => Assigner<HostTensor>,
  { rows, clusters, similarities, targets }: Arrays,
  reuse = true,
): Contender {
  const stepOf = (assigner: Assigner<HostTensor>, size: { rows: number; clusters: number }) => {
    const length = size.rows * size.clusters;
    const z = { data: similarities.subarray(0, length), shape: [size.rows, size.clusters] };
    const context = reuse ? { into: targets.subarray(0, length) } : {};
    return () => assigner.step(z, context).then(() => {});
  };
  const assigner = make(clusters);
  const step = stepOf(assigner, { rows, clusters });
  return {
    step,
    async warmUp() {
      // Its running sizes come into memory.
      await assigner.update({ data: new Int32Array(rows), shape: [rows] });
      const small = Math.min(SMALL.rows * SMALL.clusters, rows * clusters) / SMALL.clusters;
      const other = stepOf(make(SMALL.clusters), {
        rows: Math.max(1, Math.floor(small)),
        clusters: SMALL.clusters,
      });
      for (let i = 0; i < 50; i++) {
        await other();
        await pause(10); // threads start meanwhile
      }
    },
  };
}

function balancing(backend: TensorBackend<HostTensor> | undefined, arrays: Arrays, reuse = true): Contender {
  return onHost((clusters) => createBalancer({ clusters, backend }), arrays, reuse);
}

/** The same arrays where the kernel needs no copies of them. */
function inKernel({ rows, clusters, similarities }: Arrays, shared = false): Arrays {
  const arrays = createKernelArrays({ rows, clusters, shared });
  arrays.similarities.set(similarities);
  arrays.targets.fill(1);
  return { rows, clusters, ...arrays };
}

async function onTfjs({ rows, clusters, similarities }: Arrays): Promise<Contender> {
  if (!(await tf.setBackend('wasm'))) throw new Error('tfjs-wasm does not start');
  await tf.ready();
  const backend = tfjsBackend(tf);
  const balancer = createBalancer({ clusters, backend });
  const z = tf.tensor2d(similarities, [rows, clusters]);
  return {
    async step() {
      const { targets, assignments, rawAssignments } = await balancer.step(z);
      await assignments.data();
      tf.dispose([targets, assignments, rawAssignments]);
    },
  };
}

/** A copy of the similarities: the least that a step can take, as every step reads and writes as much. */
function copying({ similarities, targets }: Arrays): Contender {
  return { step: async () => targets.set(similarities) };
}

/** All that runs in JavaScript, by name. */
export const contenders: Record<string, (arrays: Arrays) => Contender | Promise<Contender>> = {
  copy: copying,
  javascript: (arrays) => balancing(hostBackend({ simd: false }), arrays),
  simd: (arrays) => balancing(undefined, arrays),
  'simd, 2 threads': (arrays) => balancing(createThreadedHost({ threads: 2 }).backend, arrays),
  'simd, new array': (arrays) => balancing(undefined, arrays, false),
  'kernel arrays': (arrays) => balancing(undefined, inKernel(arrays)),
  'kernel arrays, 2 threads': (arrays) =>
    balancing(createThreadedHost({ threads: 2 }).backend, inKernel(arrays, true)),
  'tfjs-wasm': onTfjs,
  // What balancing is compared with. With `--others`.
  sinkhorn: (arrays) => onHost((clusters) => createSinkhorn({ clusters }), arrays, false),
  mira: (arrays) => onHost((clusters) => createMira({ clusters, beta: 2 / 3 }), arrays, false),
};
