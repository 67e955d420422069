/**
 * A training loop of TensorFlow.js's layers API, with the balancer dropped in: an encoder learns emoji without labels.
 * The model labels one view of each image, and is trained to give another view the same label.
 */
import { multiCropRecipe } from '@excb/augment';
import { createBalancer, createUnbalanced } from '@excb/balancer';
import { createLoader, imageStatistics, openEmoji } from '@excb/data';
import { tfjsBackend } from '@excb/tensor/tfjs';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { parseArgs } from 'node:util';

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
const temperature = 0.1; // of the student; the balancer has the teacher's, 0.04

await tf.setBackend('wasm');

// Data: two views of every image.
const { images } = await openEmoji({ size: 32 });
const normalisation = await imageStatistics(images);
const recipe = () =>
  multiCropRecipe({ globalSize: side, localCrops: 0, minScale: 0.5, blur: { probability: 0 } });
const loader = createLoader(images, { batch, seed: 1, recipe, normalisation });

// The model: similarities of the features to the centroids, as a layer of one's own.
class CosineSimilarities extends tf.layers.Layer {
  static className = 'CosineSimilarities';
  private centroids!: tf.LayerVariable;

  override build(inputShape: tf.Shape): void {
    const shape = [inputShape.at(-1) as number, clusters];
    this.centroids = this.addWeight('centroids', shape, 'float32', tf.initializers.randomNormal({ seed: 3 }));
    super.build(inputShape);
  }
  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const unit = (t: tf.Tensor, axis: number) => t.div(t.norm('euclidean', axis, true).add(1e-6));
    const features = Array.isArray(inputs) ? inputs[0] : inputs;
    return tf.tidy(() => unit(features, -1).matMul(unit(this.centroids.read(), 0)));
  }
  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return [...inputShape.slice(0, -1), clusters];
  }
}

const dense = (units: number, seed: number) =>
  tf.layers.dense({ units, useBias: false, kernelInitializer: tf.initializers.heNormal({ seed }) });
const model = tf.sequential({
  layers: [
    tf.layers.flatten({ inputShape: [side, side, 3] }),
    dense(256, 1),
    tf.layers.batchNormalization(),
    tf.layers.reLU(),
    dense(64, 2),
    tf.layers.batchNormalization(),
    new CosineSimilarities(),
  ],
});
model.compile({
  optimizer: tf.train.momentum(0.1, 0.9),
  loss: (targets, similarities) => tf.losses.softmaxCrossEntropy(targets, similarities.div(temperature)),
});

// The balancer: these lines are all that it asks of the loop.
const backend = tfjsBackend(tf);
const balancer = options['no-balance']
  ? createUnbalanced({ clusters, backend })
  : createBalancer({ clusters, momentum: 'auto', backend });

let step = 0;
for (let epoch = 0; step < steps; epoch++) {
  for await (const { globals } of loader.batches(epoch)) {
    if (step === steps) break;
    const [first, second] = tf.tidy(() => tf.split(tf.tensor(globals.data, globals.shape), 2));
    const [seen, other] = step % 2 === 0 ? [first, second] : [second, first];

    const similarities = tf.tidy(() => model.apply(seen, { training: true }) as tf.Tensor);
    const { targets, assignments, rawAssignments } = balancer.assign(similarities);
    const loss = (await model.trainOnBatch(other, targets)) as number;
    await balancer.update(assignments);
    tf.dispose([first, second, similarities, targets, assignments, rawAssignments]);

    step++;
    if (step % 100 === 0 || step === steps) {
      const { effectiveClusters, effectiveClustersRaw } = await balancer.health({ reset: true });
      console.log(
        `step ${step}: loss ${loss.toFixed(3)}, ${effectiveClusters.toFixed(1)} of ${clusters} clusters in use, ` +
          `${effectiveClustersRaw.toFixed(1)} by the similarities as they came (${tf.memory().numTensors} tensors)`,
      );
    }
  }
}
await loader.close();
