import { bfloat16ToNumber, halfToNumber } from './half-precision.ts';
import { SafetensorsError } from './safetensors-error.ts';
import { LENGTH_BYTES, MAX_AXES, MAX_HEADER_BYTES, METADATA_KEY, VALUE_BYTES } from './safetensors-format.ts';
import type { StateDict, StateEntry } from './state-dict.ts';

/** What a safetensors file holds. */
export interface SafetensorsFile {
  tensors: StateDict;
  metadata: Record<string, string>;
}

/**
 * Reads a safetensors file. Half precisions (F16, BF16) become float32; I64 is kept in 32 bits.
 *
 * @throws {SafetensorsError} for bytes that are cut off, contradict themselves, or hold a data type or a number
 * that cannot be held here
 */
export function readSafetensors(bytes: Uint8Array): SafetensorsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerBytes = headerLength(view);
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + headerBytes));
  const dataStart = LENGTH_BYTES + headerBytes;
  const metadata = readMetadata(header.get(METADATA_KEY));
  header.delete(METADATA_KEY);
  const tensors: StateDict = new Map();
  const spans: { name: string; start: number; end: number }[] = [];
  for (const [name, value] of header) {
    const { dtype, shape, start, end } = tensorHeader(name, value, view.byteLength - dataStart);
    spans.push({ name, start, end });
    tensors.set(name, readEntry(name, view, dataStart + start, dtype, shape));
  }
  checkSpans(spans, view.byteLength - dataStart);
  return { tensors, metadata };
}

function headerLength(view: DataView): number {
  if (view.byteLength < LENGTH_BYTES) {
    throw new SafetensorsError(
      `got ${view.byteLength} bytes, but a safetensors file begins with ${LENGTH_BYTES} bytes of header length`,
    );
  }
  const length = Number(view.getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    throw new SafetensorsError(
      `the header's length is given as ${length}, above the limit of ${MAX_HEADER_BYTES}: not a safetensors file`,
    );
  }
  if (length > view.byteLength - LENGTH_BYTES) {
    throw new SafetensorsError(
      `the header should take ${length} bytes, but ${view.byteLength - LENGTH_BYTES} follow: the file is cut off`,
    );
  }
  return length;
}

function parseHeader(bytes: Uint8Array): Map<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new SafetensorsError('the header is not JSON: not a safetensors file, or a damaged one', { cause });
  }
  if (!isRecord(header))
    throw new SafetensorsError('the header is not a JSON object: not a safetensors file');
  return new Map(Object.entries(header));
}

function readMetadata(value: unknown): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value) || Object.values(value).some((text) => typeof text !== 'string')) {
    throw new SafetensorsError(`${METADATA_KEY} must hold strings only: the file is damaged`);
  }
  return value as Record<string, string>;
}

function tensorHeader(name: string, value: unknown, dataBytes: number) {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (typeof dtype !== 'string' || !isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) {
    throw new SafetensorsError(
      `${name}: the header must give dtype, shape and data_offsets: the file is damaged`,
    );
  }
  if (!Object.hasOwn(VALUE_BYTES, dtype)) {
    const known = Object.keys(VALUE_BYTES).join(', ');
    throw new SafetensorsError(`${name} is of type ${dtype}, but only ${known} are read: convert it before`);
  }
  if (shape.length > MAX_AXES) {
    throw new SafetensorsError(
      `${name} has ${shape.length} axes, but tensors of at most ${MAX_AXES} can be held`,
    );
  }
  const [start, end] = offsets;
  const needed = shape.reduce((a, b) => a * b, 1) * VALUE_BYTES[dtype];
  if (end - start !== needed) {
    throw new SafetensorsError(
      `${name} of shape [${shape}] and type ${dtype} needs ${needed} bytes, but has ${end - start}: the file is damaged`,
    );
  }
  if (end > dataBytes) {
    throw new SafetensorsError(
      `${name} should end at byte ${end} of the data, but there are ${dataBytes}: the file is cut off`,
    );
  }
  return { dtype, shape, start, end };
}

/** The format asks that the data be covered whole, without holes and overlaps. */
function checkSpans(spans: { name: string; start: number; end: number }[], dataBytes: number): void {
  let covered = 0;
  for (const { name, start, end } of spans.sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start !== covered) {
      throw new SafetensorsError(
        `${name} starts at byte ${start} of the data, but ${covered} was expected: the file is damaged`,
      );
    }
    covered = end;
  }
  if (covered !== dataBytes) {
    throw new SafetensorsError(
      `the header describes ${covered} bytes of data, but there are ${dataBytes}: the file is damaged`,
    );
  }
}

function readEntry(name: string, view: DataView, start: number, dtype: string, shape: number[]): StateEntry {
  const read = reader(name, view, dtype);
  const whole = dtype === 'I32' || dtype === 'I64';
  const length = shape.reduce((a, b) => a * b, 1);
  const data = whole ? new Int32Array(length) : new Float32Array(length);
  for (let i = 0; i < length; i++) data[i] = read(start + VALUE_BYTES[dtype] * i);
  return { dtype: dtype === 'I32' ? 'int32' : dtype === 'I64' ? 'int64' : 'float32', shape, data };
}

function reader(name: string, view: DataView, dtype: string): (offset: number) => number {
  switch (dtype) {
    case 'F16':
      return (offset) => halfToNumber(view.getUint16(offset, true));
    case 'BF16':
      return (offset) => bfloat16ToNumber(view.getUint16(offset, true));
    case 'I32':
      return (offset) => view.getInt32(offset, true);
    case 'I64':
      return (offset) => narrow(name, view.getBigInt64(offset, true));
    default:
      return (offset) => view.getFloat32(offset, true);
  }
}

function narrow(name: string, value: bigint): number {
  if (BigInt.asIntN(32, value) !== value) {
    throw new SafetensorsError(`${name} holds ${value}, but 64-bit integers are kept in 32 bits here`);
  }
  return Number(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
