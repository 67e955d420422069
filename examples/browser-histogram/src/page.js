// Clusters fill up, live. The two packages come through the import map of the page; there is no build step.
import { createBalancer, createUnbalanced } from '@excb/balancer';
import { hostBackend } from '@excb/tensor';
import { drawHistogram } from './draw-histogram.js';
import { embedTiles } from './embed.js';

const clusters = 32;
const recent = 1024; // rows that the bars stand for
const rate = 0.05; // how far a centroid goes towards a new member
const tile = 32; // pixels of an emoji in the sheet

const backend = hostBackend();
const sheet = await createImageBitmap(await (await fetch('./emoji.png')).blob());
const columns = sheet.width / tile;
const embeddings = embedTiles(sheet, tile);
const [count, size] = embeddings.shape;

/** One half of the page: an assigner, and centroids that follow their members. */
function createHalf(id, assigner) {
  const figure = document.getElementById(id);
  const members = []; // clusters of the recent rows
  const faces = new Array(clusters); // the latest emoji of each cluster
  let centroids = backend.sliceRows(embeddings, 0, clusters);

  return {
    async step(rows) {
      const batch = backend.concatRows(rows.map((row) => backend.sliceRows(embeddings, row, 1)));
      const similarities = backend.matMul(batch, centroids, { transposeB: true });
      const { assignments } = assigner.assign(similarities);
      await assigner.update(assignments);

      const next = centroids.data.slice();
      assignments.data.forEach((cluster, row) => {
        for (let i = 0; i < size; i++) {
          next[cluster * size + i] += rate * (batch.data[row * size + i] - next[cluster * size + i]);
        }
        members.push(cluster);
        faces[cluster] = rows[row];
      });
      members.splice(0, Math.max(0, members.length - recent));
      centroids = backend.l2Normalise({ data: next, shape: [clusters, size] });
    },

    draw() {
      const shares = new Array(clusters).fill(0);
      for (const cluster of members) shares[cluster] += 1 / members.length;
      const entropy = -shares.reduce((sum, share) => sum + (share && share * Math.log(share)), 0);
      const use = Math.exp(entropy).toFixed(1); // effective clusters, as balancer.health() counts them
      const largest = (100 * Math.max(...shares)).toFixed(1);
      figure.querySelector('span').textContent = `${use} of ${clusters} clusters in use, largest ${largest}%`;
      drawHistogram(figure.querySelector('canvas'), shares, (context, cluster, x, y, width) => {
        const face = faces[cluster];
        if (face === undefined) return;
        const left = (face % columns) * tile;
        context.drawImage(sheet, left, Math.floor(face / columns) * tile, tile, tile, x, y, width, width);
      });
    },
  };
}

let halves = [];
let seen = 0;
function start() {
  const options = { clusters, backend, momentum: 'auto' };
  halves = [
    createHalf('balanced', createBalancer(options)),
    createHalf('nearest', createUnbalanced(options)),
  ];
  seen = 0;
}
document.getElementById('again').addEventListener('click', start);
document.getElementById('batch').addEventListener('change', start);
start();

while (true) {
  await new Promise(requestAnimationFrame);
  const batch = Number(document.getElementById('batch').value);
  const rows = Array.from({ length: batch }, () => Math.floor(Math.random() * count));
  for (const half of halves) await half.step(rows);
  for (const half of halves) half.draw();
  seen += batch;
  document.getElementById('seen').value = `${seen.toLocaleString('en')} emoji`;
}
