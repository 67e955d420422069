import type { Assigner, Assignment } from '@excb/balancer';
import type { ViewBatch, ViewTensor } from '@excb/data';
import * as tf from '@tensorflow/tfjs-core';
import { clipGradients } from './clip-gradients.ts';
import type { EmbeddingQueue } from './embedding-queue.ts';
import { NonFiniteError } from './errors.ts';
import { clusterLoss } from './loss.ts';
import type { MatchTable } from './match-table.ts';
import { type Network, studentSimilarities, teacherOutput, type ViewTensors } from './network.ts';
import type { Optimiser } from './optimisers.ts';
import type { ParameterSettings, StepSettings } from './schedules.ts';
import { takeSnapshot } from './snapshot.ts';
import { type StepFigures, stepFigures } from './step-figures.ts';
import { updateTeacher } from './teacher-update.ts';

/** All that a training step reads and changes. */
export interface StepState {
  readonly student: Network;
  readonly teacher: Network;
  readonly assigner: Assigner<tf.Tensor>;
  /** Past projections that are assigned together with the batch, where the assigner takes them. */
  readonly queue?: EmbeddingQueue | undefined;
  readonly optimiser: Optimiser;
  readonly table: MatchTable;
  /** Whether the student runs its predictor. */
  readonly predictor: boolean;
  readonly studentTemperature: number;
  /** Clips each gradient to this norm; 0 leaves them. */
  readonly clip: number;
  /** Seeds the student's drop path. */
  readonly seed: number;
}

/** The tensors of one step, for looking at; they are disposed later in the step. */
export interface StepQuantities {
  teacherSimilarities: tf.Tensor2D;
  /** The teacher's projections `[globals·B, bottleneck]`, where there is a queue that they go into. */
  projections?: tf.Tensor2D | undefined;
  assignment: Assignment<tf.Tensor>;
  studentSimilarities: tf.Tensor2D;
  loss: tf.Scalar;
  /** By parameter name, clipped where clipping is on. */
  gradients: ReadonlyMap<string, tf.Tensor>;
}

/** What one step reports. */
export interface StepRecord extends StepFigures, StepSettings {
  epoch: number;
  /** Training step, counted from 0 over the whole run. */
  step: number;
  loss: number;
}

/** Where a step is in the run, and who wants to look. */
export interface StepOptions {
  settings: StepSettings;
  /** Learning rate and weight decay of one parameter. */
  parameterSettings(name: string): ParameterSettings;
  step: number;
  /** Steps of the whole run. */
  steps: number;
  inspect?: ((quantities: StepQuantities) => Promise<void>) | undefined;
}

/**
 * One training step, in the order of method §1 to §5: teacher forward, assignment, student forward, loss,
 * gradients, clipping, optimiser, teacher update, assigner update.
 *
 * @throws NonFiniteError naming the first quantity that is NaN or infinite. After this or any other error every
 * weight, statistic and optimiser state is as it was before the step
 */
export async function trainStep(
  state: StepState,
  batch: ViewBatch,
  options: StepOptions,
): Promise<StepRecord> {
  const { student, teacher, optimiser, queue } = state;
  const before = takeSnapshot([
    ...student.parameters.values(),
    ...student.buffers.values(),
    ...teacher.parameters.values(),
    ...teacher.buffers.values(),
    ...optimiser.slots.values(),
    ...(queue ? [queue.embeddings] : []),
  ]);
  const optimiserSteps = optimiser.count;
  const queued = queue?.filled;
  const views = viewTensors(batch);
  let quantities: StepQuantities | undefined;
  try {
    const { step, steps } = options;
    quantities = computeGradients(state, views, { step, steps, epoch: batch.epoch });
    await options.inspect?.(quantities);
    optimiser.step(quantities.gradients, options.parameterSettings);
    // An engine that computes late then never has to hand them out.
    tf.dispose([...quantities.gradients.values()]);
    updateTeacher(teacher.parameters, student.parameters, options.settings.teacherMomentum);
    if (quantities.projections) queue?.push(quantities.projections);
    // Before anything is read, so that a step is one graph where the engine computes late. Sizes move by counts, which
    // are finite whatever the step is.
    await state.assigner.update(quantities.assignment.assignments);
    const figures = await readFigures(state, quantities);
    const { broken, ...record } = figures;
    if (!Number.isFinite(record.loss) || broken) {
      throw new NonFiniteError(await firstNonFinite(views, quantities, broken), options.step);
    }
    return { epoch: batch.epoch, step: options.step, ...record, ...options.settings };
  } catch (error) {
    before.restore();
    optimiser.count = optimiserSteps;
    if (queue) queue.filled = queued!;
    throw error;
  } finally {
    tf.dispose([views.globals, ...(views.locals ? [views.locals] : [])]);
    if (quantities) disposeQuantities(quantities);
    before.dispose();
  }
}

/**
 * The figures of the step, and the first parameter whose new value is not finite: its sum is not. It was finite before
 * the step, so its update is at fault.
 */
async function readFigures(
  state: StepState,
  { studentSimilarities, assignment, loss }: StepQuantities,
): Promise<StepFigures & { loss: number; broken: string | undefined }> {
  const { trainable } = state.student;
  const sums = tf.tidy(() => tf.stack([...trainable.values()].map((value) => tf.sum(value))));
  try {
    const figures = await stepFigures(
      studentSimilarities,
      assignment,
      state.table,
      state.studentTemperature,
      undefined,
      { loss },
    );
    const values = await sums.data();
    const broken = [...trainable.keys()].find((_, i) => !Number.isFinite(values[i]));
    return { ...figures, broken };
  } finally {
    sums.dispose();
  }
}

function viewTensors(batch: ViewBatch): ViewTensors {
  const tensor = ({ data, shape }: ViewTensor) => tf.tensor4d(data, shape);
  return { globals: tensor(batch.globals), locals: batch.locals && tensor(batch.locals) };
}

/** Where a step is in the run, for the assigner. */
interface Moment {
  step: number;
  steps: number;
  epoch: number;
}

function assignRows(
  { assigner, table, teacher, queue }: StepState,
  similarities: tf.Tensor2D,
  moment: Moment,
): Assignment<tf.Tensor> {
  const context = { ...moment, views: table.teacherViews };
  if (!queue?.full) return assigner.assign(similarities, context);
  const past = teacher.head.similarities(queue.embeddings);
  return assigner.assign(tf.concat2d([similarities, past], 0), { ...context, queueRows: past.shape[0] });
}

function computeGradients(state: StepState, views: ViewTensors, moment: Moment): StepQuantities {
  const { student, teacher, table } = state;
  const names = new Map([...student.trainable].map(([name, variable]) => [variable.name, name]));
  let kept: tf.Tensor2D | undefined;
  try {
    const { gradients, ...made } = tf.tidy(() => {
      const { similarities: teacherRows, projections } = teacherOutput(teacher, views);
      const assignment = assignRows(state, teacherRows, moment);
      const { value, grads } = tf.variableGrads(() => {
        kept = tf.keep(
          studentSimilarities(student, views, {
            predictor: state.predictor,
            // Two draws a step; no step of another seed comes near.
            dropPathSeed: Math.imul(state.seed + 1, 0x9e3779b1) + 2 * moment.step,
          }),
        );
        return clusterLoss(kept, assignment.targets as tf.Tensor2D, table, state.studentTemperature);
      }, [...student.trainable.values()]);
      const own = Object.entries(grads).map(([name, gradient]) => [names.get(name)!, gradient]);
      const raw = new Map(own as [string, tf.Tensor][]);
      const final = state.clip > 0 ? clipGradients(raw, state.clip).clipped : raw;
      // Plain objects: a tidy does not look for tensors inside a Map.
      return {
        teacherSimilarities: teacherRows,
        projections: state.queue ? projections : undefined,
        assignment: { ...assignment },
        loss: value,
        gradients: Object.fromEntries(final),
      };
    });
    return { ...made, studentSimilarities: kept!, gradients: new Map(Object.entries(gradients)) };
  } catch (error) {
    kept?.dispose();
    throw error;
  }
}

function disposeQuantities(quantities: StepQuantities): void {
  const { targets, assignments, rawAssignments } = quantities.assignment;
  tf.dispose([
    quantities.teacherSimilarities,
    ...(quantities.projections ? [quantities.projections] : []),
    targets,
    assignments,
    rawAssignments,
    quantities.studentSimilarities,
    quantities.loss,
    ...quantities.gradients.values(),
  ]);
}

/** The first quantity of the step, in the order it was computed, that holds a NaN or an infinity; else the update of `broken`. */
async function firstNonFinite(
  views: ViewTensors,
  quantities: StepQuantities,
  broken: string | undefined,
): Promise<string> {
  const inOrder: [string, tf.Tensor | undefined][] = [
    ['an image of the global views', views.globals],
    ['an image of the local views', views.locals],
    ['teacher similarities', quantities.teacherSimilarities],
    ['targets', quantities.assignment.targets],
    ['student similarities', quantities.studentSimilarities],
    ['the loss', quantities.loss],
  ];
  for (const [name, tensor] of inOrder) {
    if (tensor && !(await tensor.data()).every(Number.isFinite)) return name;
  }
  return `the update of ${broken}`;
}
