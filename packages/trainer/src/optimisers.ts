import * as tf from '@tensorflow/tfjs-core';
import type { ParameterSettings } from './schedules.ts';

/** One parameter's optimiser update and the state it needs. Source: method §5. */
interface UpdateRule {
  /** Names of the per-parameter state, zero at the start. */
  readonly slots: readonly string[];
  /** New value of the parameter and of its slots, in the order of `slots`. */
  update(args: UpdateArguments): { value: tf.Tensor; slots: tf.Tensor[] };
}

interface UpdateArguments {
  value: tf.Tensor;
  gradient: tf.Tensor;
  slots: tf.Tensor[];
  learningRate: tf.Scalar;
  weightDecay: tf.Scalar;
  /** Steps this optimiser has made, this one included. */
  count: number;
}

/** Which update to use, with its constants. */
export type OptimiserConfig =
  | { name: 'sgd'; momentum: number }
  | { name: 'adam' | 'adamw'; beta1: number; beta2: number; epsilon: number }
  | { name: 'lars'; momentum: number; trust: number };

/** SGD with momentum: weight decay is added to the gradient; no Nesterov, no dampening. */
function sgd(momentum: number): UpdateRule {
  return {
    slots: ['momentum'],
    update({ value, gradient, slots: [buffer], learningRate, weightDecay }) {
      const direction = tf.add(gradient, tf.mul(value, weightDecay));
      const next = tf.add(tf.mul(buffer, momentum), direction);
      return { value: tf.sub(value, tf.mul(next, learningRate)), slots: [next] };
    },
  };
}

/** Adam, or AdamW when `decoupled`: bias-corrected moments; decay on the weights instead of the gradient. */
function adam(beta1: number, beta2: number, epsilon: number, decoupled: boolean): UpdateRule {
  return {
    slots: ['first_moment', 'second_moment'],
    update({ value, gradient, slots: [first, second], learningRate, weightDecay, count }) {
      const g = decoupled ? gradient : tf.add(gradient, tf.mul(value, weightDecay));
      const decayed = decoupled ? tf.sub(value, tf.mul(value, tf.mul(learningRate, weightDecay))) : value;
      const m = tf.add(tf.mul(first, beta1), tf.mul(g, 1 - beta1));
      const v = tf.add(tf.mul(second, beta2), tf.mul(tf.square(g), 1 - beta2));
      // Scalars that change with the step are inputs, so that a compiled step keeps its structure.
      const firstCorrection = tf.scalar(1 / (1 - beta1 ** count));
      const secondCorrection = tf.scalar(1 / Math.sqrt(1 - beta2 ** count));
      const denominator = tf.add(tf.mul(tf.sqrt(v), secondCorrection), epsilon);
      const change = tf.div(tf.mul(m, tf.mul(learningRate, firstCorrection)), denominator);
      return { value: tf.sub(decayed, change), slots: [m, v] };
    },
  };
}

/** LARS as DINO has it: tensors of more than one dimension get weight decay and a layer-wise scale. */
function lars(momentum: number, trust: number): UpdateRule {
  return {
    slots: ['momentum'],
    update({ value, gradient, slots: [buffer], learningRate, weightDecay }) {
      let direction = gradient;
      if (value.rank !== 1) {
        direction = tf.add(gradient, tf.mul(value, weightDecay));
        const weightNorm = tf.norm(value);
        const updateNorm = tf.norm(direction);
        const usable = tf.logicalAnd(tf.greater(weightNorm, 0), tf.greater(updateNorm, 0));
        const scale = tf.div(
          tf.mul(weightNorm, trust),
          tf.where(usable, updateNorm, tf.onesLike(updateNorm)),
        );
        direction = tf.mul(direction, tf.where(usable, scale, tf.onesLike(scale)));
      }
      const next = tf.add(tf.mul(buffer, momentum), direction);
      return { value: tf.sub(value, tf.mul(next, learningRate)), slots: [next] };
    },
  };
}

function updateRule(config: OptimiserConfig): UpdateRule {
  switch (config.name) {
    case 'sgd':
      return sgd(config.momentum);
    case 'adam':
    case 'adamw':
      return adam(config.beta1, config.beta2, config.epsilon, config.name === 'adamw');
    case 'lars':
      return lars(config.momentum, config.trust);
  }
}

/** Moves parameters along their gradients. State is kept per parameter name. */
export interface Optimiser {
  /**
   * One step for every parameter that has a gradient. Nothing is read back.
   *
   * @param gradients by parameter name; the caller disposes them
   * @param settings learning rate and weight decay by parameter name; one object for all parameters of a group
   */
  step(gradients: ReadonlyMap<string, tf.Tensor>, settings: (name: string) => ParameterSettings): void;
  /** Every state tensor by `<parameter>.<slot>`, in the order the parameters were first seen. */
  readonly slots: ReadonlyMap<string, tf.Variable>;
  /** Steps made. */
  count: number;
  dispose(): void;
}

/**
 * An optimiser over the parameters given (name → variable).
 *
 * @throws Error when a gradient names a parameter the optimiser was not given
 */
export function createOptimiser(
  config: OptimiserConfig,
  parameters: ReadonlyMap<string, tf.Variable>,
): Optimiser {
  const rule = updateRule(config);
  const slots = new Map<string, tf.Variable>();
  for (const [name, parameter] of parameters) {
    for (const slot of rule.slots) {
      slots.set(
        `${name}.${slot}`,
        tf.tidy(() => tf.variable(tf.zeros(parameter.shape), false)),
      );
    }
  }
  return {
    slots,
    count: 0,
    step(gradients, settings) {
      const count = ++this.count;
      tf.tidy(() => {
        // One pair for each settings object, not for each value: where two schedules meet, an engine that compiles steps
        // would otherwise be given a step of another structure.
        const scalars = new Map<ParameterSettings, { learningRate: tf.Scalar; weightDecay: tf.Scalar }>();
        const scalarsOf = (own: ParameterSettings) => {
          const { learningRate, weightDecay } = own;
          const known = scalars.get(own) ?? {
            learningRate: tf.scalar(learningRate),
            weightDecay: tf.scalar(weightDecay),
          };
          scalars.set(own, known);
          return known;
        };
        for (const [name, gradient] of gradients) {
          const parameter = parameters.get(name);
          if (!parameter)
            throw new Error(`the optimiser has no parameter ${name}: it knows ${parameters.size} others`);
          const own = rule.slots.map((slot) => slots.get(`${name}.${slot}`)!);
          const next = rule.update({
            value: parameter,
            gradient,
            slots: own,
            ...scalarsOf(settings(name)),
            count,
          });
          parameter.assign(next.value);
          next.slots.forEach((slot, i) => {
            own[i].assign(slot);
          });
        }
      });
    },
    dispose() {
      for (const slot of slots.values()) slot.dispose();
    },
  };
}
