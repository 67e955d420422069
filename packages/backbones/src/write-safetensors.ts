import { SafetensorsError } from './safetensors-error.ts';
import {
  ALIGNMENT,
  LENGTH_BYTES,
  MAX_FILE_BYTES,
  MAX_HEADER_BYTES,
  METADATA_KEY,
  type TensorHeader,
  VALUE_BYTES,
} from './safetensors-format.ts';
import type { StateDict, StateEntry } from './state-dict.ts';

const FILE_TYPES = { float32: 'F32', int32: 'I32', int64: 'I64' } as const;

/**
 * A state dictionary as the bytes of a safetensors file, entries in the dictionary's order.
 *
 * @param metadata string to string, kept in the file's header
 * @throws {SafetensorsError} where an entry's data do not fill its shape, or the file would be too large
 */
export function writeSafetensors(dict: StateDict, metadata: Record<string, string> = {}): Uint8Array {
  const headers = new Map<string, TensorHeader | Record<string, string>>();
  if (Object.keys(metadata).length > 0) headers.set(METADATA_KEY, checkedMetadata(metadata));
  let end = 0;
  for (const [name, entry] of dict) {
    const start = end;
    end += byteLength(name, entry);
    headers.set(name, { dtype: FILE_TYPES[entry.dtype], shape: entry.shape, data_offsets: [start, end] });
  }
  const header = encodeHeader(headers);
  const dataStart = LENGTH_BYTES + header.length;
  if (dataStart + end > MAX_FILE_BYTES) {
    throw new SafetensorsError(
      `the state takes ${dataStart + end} bytes, but one file holds ${MAX_FILE_BYTES}: split it into several`,
    );
  }
  const bytes = new Uint8Array(dataStart + end);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, LENGTH_BYTES);
  let offset = dataStart;
  for (const entry of dict.values()) {
    writeValues(view, offset, entry);
    offset += entry.data.length * VALUE_BYTES[FILE_TYPES[entry.dtype]];
  }
  return bytes;
}

function checkedMetadata(metadata: Record<string, string>): Record<string, string> {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value !== 'string') {
      throw new SafetensorsError(
        `metadata ${key} is ${typeof value}, but the format holds strings only: pass JSON.stringify of it`,
      );
    }
  }
  return metadata;
}

function byteLength(name: string, entry: StateEntry): number {
  const size = entry.shape.reduce((a, b) => a * b, 1);
  if (name === METADATA_KEY)
    throw new SafetensorsError(`${METADATA_KEY} is the format's own: rename the entry`);
  if (entry.data.length !== size) {
    throw new SafetensorsError(
      `${name} has ${entry.data.length} values, but its shape [${entry.shape}] holds ${size}: correct one of them`,
    );
  }
  return size * VALUE_BYTES[FILE_TYPES[entry.dtype]];
}

/** Built by hand, entry by entry: an object would move names that look like numbers to the front. */
function encodeHeader(headers: Map<string, unknown>): Uint8Array {
  const pairs = Array.from(headers, ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const text = new TextEncoder().encode(`{${pairs.join(',')}}`);
  if (text.length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      `the header takes ${text.length} bytes, but readers accept ${MAX_HEADER_BYTES}: shorten the metadata`,
    );
  }
  const padded = new Uint8Array(Math.ceil(text.length / ALIGNMENT) * ALIGNMENT).fill(0x20);
  padded.set(text);
  return padded;
}

function writeValues(view: DataView, start: number, { dtype, data }: StateEntry): void {
  if (dtype === 'int64') {
    data.forEach((value, i) => {
      view.setBigInt64(start + 8 * i, BigInt(value), true);
    });
  } else if (dtype === 'int32') {
    data.forEach((value, i) => {
      view.setInt32(start + 4 * i, value, true);
    });
  } else {
    data.forEach((value, i) => {
      view.setFloat32(start + 4 * i, value, true);
    });
  }
}
