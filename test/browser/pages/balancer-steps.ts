import { createBalancer } from '@excb/balancer';
import { hostBackend } from '@excb/tensor';

export interface BalancerRun {
  targets: number[][];
  assignments: number[][];
  rawAssignments: number[][];
  sizes: number[];
}

/** Some steps of the balancer over made-up, imbalanced similarities: everything it computes. */
export async function runBalancer(steps: number, rows: number, clusters: number): Promise<BalancerRun> {
  const backend = hostBackend();
  const balancer = createBalancer({ clusters, momentum: 0.9, backend, random: () => 0.5 });
  const result: BalancerRun = { targets: [], assignments: [], rawAssignments: [], sizes: [] };
  for (let step = 0; step < steps; step++) {
    const similarities = backend.fromHost(madeUpSimilarities(step, rows, clusters), [rows, clusters]);
    const { targets, assignments, rawAssignments } = await balancer.step(similarities);
    result.targets.push(Array.from((await backend.toHost(targets)).data));
    result.assignments.push(Array.from((await backend.toHost(assignments)).data));
    result.rawAssignments.push(Array.from((await backend.toHost(rawAssignments)).data));
  }
  result.sizes = Array.from(await balancer.sizes());
  return result;
}

/** Values in (-0.8, 0.9), the first quarter of the clusters closer than the rest. */
function madeUpSimilarities(step: number, rows: number, clusters: number): Float32Array {
  return Float32Array.from({ length: rows * clusters }, (_, i) => {
    const scattered = ((Math.imul(i + step * rows * clusters + 1, 2654435761) >>> 8) % 65536) / 65536;
    return scattered * 1.6 - 0.8 + (i % clusters < clusters / 4 ? 0.1 : 0);
  });
}
