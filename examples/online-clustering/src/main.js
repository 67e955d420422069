// Embeddings are sorted into clusters as they come: each batch is assigned, and the centroids follow it. No network, no
// second look. The embeddings are the pixels of 11,343 emoji drawings at 8 × 8, in random order; any vectors will do.
import { parseArgs } from 'node:util';
import { createBalancer, createUnbalanced } from '@excb/balancer';
import { evaluationBatches, imageStatistics, openEmoji, subset } from '@excb/data';
import { hostBackend } from '@excb/tensor';

const { values: options } = parseArgs({
  options: { 'no-balance': { type: 'boolean', default: false } },
});
const clusters = 64;
const batch = 32;
const rate = 0.05; // how far a centroid goes towards a new member

// The stream: unit vectors, a batch at a time.
const { images, identityNames, identities } = await openEmoji({ size: 8 });
const order = shuffled(images.length, 1);
const normalisation = await imageStatistics(images);
const stream = evaluationBatches(subset(images, order), { batch, normalisation });

const backend = hostBackend();
const balancer = options['no-balance']
  ? createUnbalanced({ clusters, backend })
  : createBalancer({ clusters, backend, momentum: 'auto' });

/** [clusters, size], unit rows; the first embeddings to come are the first centroids. */
let centroids;
const members = Array.from({ length: clusters }, () => []);
let rows = 0;
let similarity = 0;

for await (const { images: pixels, indices } of stream) {
  const count = indices.length;
  const size = pixels.data.length / count;
  const embeddings = backend.l2Normalise({ data: pixels.data, shape: [count, size] });
  if ((centroids?.shape[0] ?? 0) < clusters) {
    centroids = centroids ? backend.concatRows([centroids, embeddings]) : embeddings;
    continue;
  }

  // The balancer: similarities in, assignments out.
  const similarities = backend.matMul(embeddings, centroids, { transposeB: true });
  const { assignments } = balancer.assign(similarities);
  await balancer.update(assignments);

  // What you do with them: here every centroid follows its members.
  const next = centroids.data.slice();
  assignments.data.forEach((cluster, row) => {
    for (let i = 0; i < size; i++) {
      next[cluster * size + i] += rate * (embeddings.data[row * size + i] - next[cluster * size + i]);
    }
    members[cluster].push(order[indices[row]]);
    similarity += similarities.data[row * clusters + cluster];
  });
  centroids = backend.l2Normalise({ data: next, shape: [clusters, size] });

  const before = rows;
  rows += count;
  if (Math.floor(before / 2500) < Math.floor(rows / 2500)) await report();
}
await report();

async function report() {
  const { effectiveClusters, effectiveClustersRaw, empty, largest, windowAssignments } =
    await balancer.health({
      reset: true,
    });
  console.log(
    `${rows} embeddings: ${effectiveClusters.toFixed(1)} of ${clusters} clusters in use ` +
      `(${effectiveClustersRaw.toFixed(1)} by the nearest centroid), ${empty} empty, the largest with ` +
      `${(100 * largest).toFixed(1)}%; similarity to the centroid ${(similarity / windowAssignments).toFixed(3)}`,
  );
  similarity = 0;
}

/** What the clusters have come to: the emoji that each got most drawings of. */
const character = (identity) =>
  String.fromCodePoint(...identityNames[identity].split('-').map((code) => Number.parseInt(code, 16)));
for (const cluster of [0, 1, 2, 3, 4, 5]) {
  const counts = new Map();
  for (const index of members[cluster]) {
    const name = character(identities[index]);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 12);
  console.log(
    `cluster ${cluster}, ${members[cluster].length} drawings: ${most.map(([name]) => name).join(' ')}`,
  );
}

function shuffled(length, seed) {
  const list = Array.from({ length }, (_, i) => i);
  let state = seed;
  for (let i = length - 1; i > 0; i--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [list[i], list[j]] = [list[j], list[i]];
  }
  return list;
}
