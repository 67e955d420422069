/**
 * A training loop of jax-js, with the balancer dropped in: an encoder learns emoji without labels. A teacher that follows
 * the encoder slowly labels one view of each image, and the encoder is trained to give another view the same label.
 */
import { parseArgs } from 'node:util';
import { multiCropRecipe } from '@excb/augment';
import { createBalancer, createUnbalanced } from '@excb/balancer';
import { createLoader, imageStatistics, openEmoji } from '@excb/data';
import { jaxBackend } from '@excb/tensor/jax';
import * as jax from '@jax-js/jax';
import { jit, nn, numpy as np, random, tree, valueAndGrad } from '@jax-js/jax';

(globalThis as { navigator?: object }).navigator ??= {}; // jax-js reads it; Node has it from version 21 on
const { values: options } = parseArgs({
  options: {
    steps: { type: 'string', default: '400' },
    'no-balance': { type: 'boolean', default: false },
  },
});
const steps = Number(options.steps);
const batch = 64;
const clusters = 64;
const side = 16;
const inputs = side * side * 3;
const temperature = 0.1; // of the student; the balancer has the teacher's, 0.04
const learningRate = 0.1;
const teacherMomentum = 0.99;

// Data: two views of every image.
const { images } = await openEmoji({ size: 32 });
const normalisation = await imageStatistics(images);
const recipe = () =>
  multiCropRecipe({ globalSize: side, localCrops: 0, minScale: 0.5, blur: { probability: 0 } });
const loader = createLoader(images, { batch, seed: 1, recipe, normalisation });

// The model. jax-js arrays are used up by the operations they go into: `.ref` keeps one.
type Parameters = { hidden: np.Array; output: np.Array; centroids: np.Array };
const weights = (seed: number, rows: number, columns: number): np.Array =>
  random.normal(random.key(seed), [rows, columns]).mul(Math.sqrt(2 / rows));
const standardise = (t: np.Array): np.Array => nn.standardize(t, 0); // over the batch, as BatchNorm
const unit = (t: np.Array, axis: number): np.Array =>
  t.ref.div(np.sqrt(np.sum(np.square(t), axis, { keepdims: true })).add(1e-6));

/** [rows, inputs] → [rows, clusters]: cosine similarities to the centroids. */
function similaritiesOf({ hidden, output, centroids }: Parameters, rows: np.Array): np.Array {
  const features = standardise(np.matmul(nn.relu(standardise(np.matmul(rows, hidden))), output));
  return np.matmul(unit(features, 1), unit(centroids, 0));
}

function crossEntropy(student: Parameters, rows: np.Array, targets: np.Array): np.Array {
  const log = nn.logSoftmax(similaritiesOf(student, rows).div(temperature), -1);
  return np.mean(np.sum(targets.mul(log), 1)).mul(-1);
}

const label = jit(similaritiesOf);
const learn = jit(valueAndGrad(crossEntropy));
const descend = jit((p: Parameters, g: Parameters) =>
  tree.map((x: np.Array, d: np.Array) => x.sub(d.mul(learningRate)), p, g),
);
const follow = jit((t: Parameters, s: Parameters) =>
  tree.map((x: np.Array, y: np.Array) => x.mul(teacherMomentum).add(y.mul(1 - teacherMomentum)), t, s),
);

let student: Parameters = {
  hidden: weights(1, inputs, 256),
  output: weights(2, 256, 64),
  centroids: weights(3, 64, clusters),
};
let teacher = tree.ref(student);

// The balancer: these lines are all that it asks of the loop.
const backend = jaxBackend(jax);
const balancer = options['no-balance']
  ? createUnbalanced({ clusters, backend })
  : createBalancer({ clusters, momentum: 'auto', backend });

let step = 0;
for (let epoch = 0; step < steps; epoch++) {
  for await (const { globals } of loader.batches(epoch)) {
    if (step === steps) break;
    const half = batch * inputs;
    const views = [0, half].map((at) =>
      np.array(globals.data.slice(at, at + half), { shape: [batch, inputs] }),
    );
    const [seen, other] = step % 2 === 0 ? views : views.toReversed();

    const similarities = label(tree.ref(teacher), seen);
    const { targets, assignments, rawAssignments } = balancer.assign(similarities);
    const [loss, gradients] = learn(tree.ref(student), other, targets); // uses up other and targets
    student = descend(student, gradients) as Parameters;
    teacher = follow(teacher, tree.ref(student)) as Parameters;
    await balancer.update(assignments);
    for (const t of [similarities, assignments, rawAssignments]) t.dispose();

    step++;
    const lossNow = await loss.jsAsync();
    if (step % 100 === 0 || step === steps) {
      const { effectiveClusters, effectiveClustersRaw } = await balancer.health({ reset: true });
      console.log(
        `step ${step}: loss ${lossNow.toFixed(3)}, ${effectiveClusters.toFixed(1)} of ${clusters} clusters in use, ` +
          `${effectiveClustersRaw.toFixed(1)} by the similarities as they came`,
      );
    }
  }
}
await loader.close();
