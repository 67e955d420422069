import { createHead, loadStateDict, stateDict } from '@excb/backbones';
import { expectTensor, type GoldenTensor, golden, tolerance } from '@excb/golden';
import { startEngine } from '@excb/ops';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { copyVariables, updateTeacher } from './teacher-update.ts';

const file = golden('ema');
const tol = tolerance('ema', file.tol.abs, 0);
type State = Record<string, GoldenTensor>;

beforeAll(async () => {
  await startEngine('cpu');
});

function dictionary(state: State) {
  return new Map(
    Object.entries(state).map(([name, { shape, data }]) => {
      const counter = name.endsWith('num_batches_tracked');
      return [
        name,
        counter
          ? { dtype: 'int32' as const, shape, data: Int32Array.from(data) }
          : { dtype: 'float32' as const, shape, data: Float32Array.from(data) },
      ];
    }),
  );
}

it('the teacher follows the student parameter by parameter, buffers apart', async () => {
  const shape = (name: string) => file.student_initial[name].shape as number[];
  const [hiddenSize, inputSize] = shape('projector.mlp.0.weight');
  const [clusters, bottleneck] = shape('centroid_layer.weight_v');
  const layers = Object.keys(file.student_initial).filter(
    (name) => /^projector\.mlp\.\d+\.weight$/.test(name) && shape(name).length === 2,
  );
  const config = {
    inputSize,
    hiddenSize,
    hiddenLayers: layers.length - 1,
    bottleneck,
    clusters,
    norm: true,
    activation: 'relu' as const,
    predictorActivation: 'bn' as const,
  };
  const student = createHead(config);
  const teacher = createHead(config);
  loadStateDict(student, dictionary(file.student_initial));
  loadStateDict(teacher, dictionary(file.teacher_initial_before_copy));
  const expectState = async (head: typeof student, expected: State, label: string) => {
    const actual = await stateDict(head);
    expect([...actual.keys()]).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(expected)) {
      expectTensor(actual.get(name)!.data, value, tol, `${label} ${name}`);
    }
  };
  await expectState(teacher, file.teacher_initial_before_copy, 'teacher before the copy');
  copyVariables(student.parameters, teacher.parameters);
  copyVariables(student.buffers, teacher.buffers);
  await expectState(teacher, file.teacher_after_copy, 'teacher after the copy');
  for (const [name, trained] of Object.entries(file.student_requires_grad)) {
    expect(student.parameters.get(name)?.trainable, name).toBe(trained);
  }

  const rows = ({ data, shape }: GoldenTensor) => tf.tensor2d(data, shape as [number, number]);
  for (const [index, step] of file.steps.entries()) {
    tf.tidy(() => {
      student.forward(rows(step.x_global), rows(step.x_local), { training: true, predictor: true });
      teacher.forward(rows(step.x_global), undefined, { training: true, predictor: false });
    });
    // What an optimiser would have made of the student: given by the file.
    for (const [name, parameter] of student.parameters) {
      const value = step.student_state[name] as GoldenTensor;
      parameter.assign(tf.tensor(value.data, value.shape));
    }
    updateTeacher(teacher.parameters, student.parameters, step.momentum);
    await expectState(student, step.student_state, `step ${index} student`);
    await expectState(teacher, step.teacher_state, `step ${index} teacher`);
  }
});
