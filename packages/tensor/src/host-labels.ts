import { expectMatrix, showShape } from './host-shape.ts';
import { ShapeError } from './shape-error.ts';
import type { HostTensor } from './tensor-backend.ts';

function expectLabel(operation: string, label: number, row: number, count: number): void {
  if (label >= 0 && label < count) return;
  throw new ShapeError(`${operation}: label ${label} of row ${row} is not one of 0 … ${count - 1}`);
}

function expectOnePerRow(operation: string, t: HostTensor, index: HostTensor): void {
  expectMatrix(operation, 'the tensor', t);
  if (index.data.length === t.shape[0]) return;
  throw new ShapeError(
    `${operation}: ${index.data.length} indices for shape ${showShape(t.shape)}: pass one for each row`,
  );
}

export function countLabels(labels: HostTensor, clusters: number): HostTensor {
  const data = new Float32Array(clusters);
  for (let row = 0; row < labels.data.length; row++) {
    expectLabel('countLabels', labels.data[row], row, clusters);
    data[labels.data[row]]++;
  }
  return { data, shape: [clusters] };
}

export function gatherEntry(t: HostTensor, index: HostTensor): HostTensor {
  expectOnePerRow('gatherEntry', t, index);
  const [rows, columns] = t.shape;
  const data = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    expectLabel('gatherEntry', index.data[row], row, columns);
    data[row] = t.data[row * columns + index.data[row]];
  }
  return { data, shape: [rows] };
}

export function scatterEntry(t: HostTensor, index: HostTensor, values: HostTensor): HostTensor {
  expectOnePerRow('scatterEntry', t, index);
  expectOnePerRow('scatterEntry', t, values);
  const [rows, columns] = t.shape;
  const data = Float32Array.from(t.data);
  for (let row = 0; row < rows; row++) {
    expectLabel('scatterEntry', index.data[row], row, columns);
    data[row * columns + index.data[row]] = values.data[row];
  }
  return { data, shape: [rows, columns] };
}
