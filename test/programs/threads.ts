/** Prints whether two threads give the bits of one, and the labels of plain JavaScript. */
import { createBalancer } from '@excb/balancer';
import { createBalancer as createPlainBalancer } from '@excb/balancer/plain';
import { createThreadedHost } from '@excb/tensor/threads';

const rows = 64;
const clusters = 4096;
const data = Float32Array.from({ length: rows * clusters }, (_, i) => ((i * 7919) % 10_007) / 10_007 - 0.5);
const similarities = { data, shape: [rows, clusters] };
const host = createThreadedHost({ threads: 2 });
const one = createBalancer({ clusters }).assign(similarities);
const plain = createPlainBalancer({ clusters }).assign(similarities);
const balancer = createBalancer({ clusters, backend: host.backend });
let equal = true;
for (let step = 0; step < 20; step++) {
  const { targets, assignments } = balancer.assign(similarities);
  equal &&= targets.data.every((target, i) => target === one.targets.data[i]);
  equal &&= assignments.data.every((label, row) => label === plain.assignments.data[row]);
  await new Promise((resolve) => setTimeout(resolve, 20)); // until the thread has started
}
console.log(equal ? 'equal' : 'different');
