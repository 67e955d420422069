import { FeatureShapeError } from './errors.ts';

/** Feature vectors, row-major: `features` is [rows, size]. They need not be normalised. */
export interface FeatureRows {
  features: Float32Array;
  size: number;
  /** Number of each row's sample in its source; without it, rows are numbered in the order they arrive. */
  indices?: Int32Array;
  /** Class of each row. */
  labels?: Int32Array;
}

/** Feature vectors as `extractFeatures` yields them: L2-normalised, with the sample number of each row. */
export interface FeatureChunk extends FeatureRows {
  indices: Int32Array;
}

/** Chunks of any size, made at once or while being read. */
export type FeatureChunks = Iterable<FeatureRows> | AsyncIterable<FeatureRows>;

/**
 * Number of rows of a chunk.
 *
 * @param side how an error calls the chunk: `bank`, `queries`, …
 * @throws FeatureShapeError when the arrays' lengths do not fit `size` and each other
 */
export function countRows(chunk: FeatureRows, side: string): number {
  const { features, size, indices, labels } = chunk;
  if (!Number.isInteger(size) || size < 1) {
    throw new FeatureShapeError(
      `${side}: size is ${size}, expected the length of a feature vector, 1 or more`,
    );
  }
  const rows = features.length / size;
  if (!Number.isInteger(rows)) {
    throw new FeatureShapeError(
      `${side}: ${features.length} values are not a whole number of vectors of size ${size}: pass [rows, size] values`,
    );
  }
  for (const [name, values] of [
    ['indices', indices],
    ['labels', labels],
  ] as const) {
    if (values && values.length !== rows) {
      throw new FeatureShapeError(
        `${side}: ${values.length} ${name} for ${rows} rows of features: pass one a row, or none`,
      );
    }
  }
  return rows;
}

/**
 * Joins chunks into one, in the order they arrive. Labels are kept when every chunk has them; rows of chunks
 * without `indices` are numbered in the order of arrival.
 *
 * @throws FeatureShapeError when there are no rows, sizes differ, or only some chunks have labels
 */
export async function collect(chunks: FeatureChunks): Promise<FeatureChunk> {
  const parts: FeatureRows[] = [];
  let total = 0;
  for await (const chunk of chunks) {
    const rows = countRows(chunk, `chunk ${parts.length}`);
    if (rows === 0) continue;
    if (parts.length > 0 && chunk.size !== parts[0].size) {
      throw new FeatureShapeError(
        `chunk ${parts.length} has features of size ${chunk.size}, the first one of size ${parts[0].size}`,
      );
    }
    if (parts.length > 0 && (chunk.labels === undefined) !== (parts[0].labels === undefined)) {
      throw new FeatureShapeError(
        'some chunks have labels and some have none: give labels to all or to none',
      );
    }
    parts.push(chunk);
    total += rows;
  }
  if (total === 0) throw new FeatureShapeError('no rows of features: expected at least one');

  const { size } = parts[0];
  const features = new Float32Array(total * size);
  const indices = new Int32Array(total);
  const labels = parts[0].labels && new Int32Array(total);
  let row = 0;
  for (const part of parts) {
    features.set(part.features, row * size);
    if (part.labels) labels?.set(part.labels, row);
    const rows = part.features.length / size;
    for (let i = 0; i < rows; i++) indices[row + i] = part.indices ? part.indices[i] : row + i;
    row += rows;
  }
  return labels ? { features, size, indices, labels } : { features, size, indices };
}
