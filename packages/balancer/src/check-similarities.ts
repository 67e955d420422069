import { isHostBackend, ShapeError, type TensorBackend } from '@excb/tensor';

function expectHostData(name: string, t: unknown, type: 'Float32Array' | 'Int32Array'): void {
  const { data, shape } = (t ?? {}) as {
    data?: { length: number; constructor: { name: string } };
    shape?: unknown;
  };
  if (!data || !Array.isArray(shape)) {
    throw new ShapeError(
      `${name} must be { data: ${type}, shape: [...] }, but is ${t}: wrap the array with its shape`,
    );
  }
  if (Object.prototype.toString.call(data) !== `[object ${type}]`) {
    throw new ShapeError(
      `${name} holds a ${data.constructor?.name}, but must hold a ${type}: convert it with ${type}.from`,
    );
  }
  const size = shape.reduce((product: number, length: number) => product * length, 1);
  if (data.length !== size) {
    throw new ShapeError(
      `${name} holds ${data.length} numbers, but its shape [${shape.join(', ')}] stands for ${size}`,
    );
  }
}

/** @throws ShapeError unless `similarities` is float32 `[rows, clusters]` with at least one row */
export function checkSimilarities<T>(backend: TensorBackend<T>, similarities: T, clusters: number): void {
  if (isHostBackend(backend)) expectHostData('similarities', similarities, 'Float32Array');
  const shape = backend.shape(similarities);
  if (shape.length !== 2) {
    throw new ShapeError(
      `similarities has shape [${shape.join(', ')}], but must be [rows, ${clusters}]: bring all leading axes together into rows`,
    );
  }
  if (shape[1] !== clusters) {
    throw new ShapeError(
      `similarities has ${shape[1]} columns, but the balancer was made for ${clusters} clusters: pass clusters: ${shape[1]}`,
    );
  }
  if (shape[0] < 1)
    throw new ShapeError(`similarities has no rows, but needs one or more: leave out empty batches`);
}

/** @throws ShapeError unless `assignments` is int32 `[rows]` with at least one row; gives the rows */
export function checkAssignments<T>(backend: TensorBackend<T>, assignments: T): number {
  if (isHostBackend(backend)) expectHostData('assignments', assignments, 'Int32Array');
  const shape = backend.shape(assignments);
  if (shape.length !== 1 || shape[0] < 1) {
    throw new ShapeError(
      `assignments has shape [${shape.join(', ')}], but must be [rows]: pass the assignments that assign() gave`,
    );
  }
  return shape[0];
}
