/** Element types of values in a graph; `int64` is only ever inside, for shapes and indices. */
export type ElementType = 'float32' | 'int32' | 'int64' | 'bool';

export type HostArray = Float32Array | Int32Array | Uint8Array | BigInt64Array;

export type AttributeValue = number | string | readonly number[] | { readonly float: number };

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One tensor of a graph: made by a node, written from the host, or a constant of the graph's structure. */
export interface Value {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** The node it comes from; none once it has been computed. */
  node: Node | undefined;
  /** Its numbers, where they are known: a graph input. */
  data: HostArray | undefined;
  /** Numbers that belong to the structure of the graph: shapes, axes, and fixed scalars. */
  readonly constant: HostArray | undefined;
  /** Tensors that hold it. */
  owners: number;
  /** Why it has no numbers: the graph that was to compute it failed. */
  failure: Error | undefined;
}

/** One ONNX operator. */
export interface Node {
  readonly operator: string;
  /** `com.microsoft`, or none for ONNX's own. */
  readonly domain: string | undefined;
  /** `undefined` for an optional input that is left out. */
  readonly inputs: readonly (Value | undefined)[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  /** The tfjs kernel that recorded it: for error messages. */
  readonly kernel: string;
  /** Place in the order of recording. */
  readonly order: number;
  /** Operator and attributes in one string: its part of the structure's key. */
  readonly signature: string;
}

/** Nodes in an order that computes every value before it is used, and what comes in and out. */
export interface Graph {
  nodes: Node[];
  inputs: Value[];
  outputs: Value[];
}

let recorded = 0;

/** A node with its outputs. */
export function makeNode(
  kernel: string,
  operator: string,
  inputs: readonly (Value | undefined)[],
  attributes: Attributes,
  outputs: readonly { shape: readonly number[]; type: ElementType }[],
  domain?: string,
): Node {
  const values: Value[] = [];
  const node: Node = {
    operator,
    domain,
    inputs,
    attributes,
    outputs: values,
    kernel,
    order: recorded++,
    signature: signatureOf(operator, attributes),
  };
  for (const { shape, type } of outputs) {
    values.push(makeValue(type, shape, node, undefined, undefined));
  }
  return node;
}

function signatureOf(operator: string, attributes: Attributes): string {
  for (const _ in attributes) return `${operator}${JSON.stringify(attributes)}`;
  return operator;
}

const makeValue = (
  type: ElementType,
  shape: readonly number[],
  node: Node | undefined,
  data: HostArray | undefined,
  constant: HostArray | undefined,
): Value => ({ type, shape, node, data, constant, owners: 0, failure: undefined });

export function hostValue(data: HostArray, shape: readonly number[], type: ElementType): Value {
  return makeValue(type, shape, undefined, data, undefined);
}

export function constantValue(constant: HostArray, shape: readonly number[], type: ElementType): Value {
  return makeValue(type, shape, undefined, undefined, constant);
}

export function sizeOf(shape: readonly number[]): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((length, i) => length === b[i]);
}
