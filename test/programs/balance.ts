/** Prints what the balancer does in 20 steps. The same numbers are due wherever it runs. */
import { createBalancer } from '@excb/balancer';

const rows = 8;
const clusters = 4;
const balancer = createBalancer({ clusters, momentum: 0.9, random: () => 0.5 });
const assigned: number[][] = [];
for (let step = 0; step < 20; step++) {
  const data = new Float32Array(rows * clusters);
  for (let i = 0; i < data.length; i++) {
    data[i] = ((i * 7919 + step * 104_729) % 1000) / 2000 - 0.25 + (i % clusters === 3 ? 0.5 : 0);
  }
  const { assignments } = balancer.assign({ data, shape: [rows, clusters] });
  assigned.push(Array.from(assignments.data));
  await balancer.update(assignments);
}
console.log(JSON.stringify({ assigned, sizes: Array.from(await balancer.sizes()) }));
