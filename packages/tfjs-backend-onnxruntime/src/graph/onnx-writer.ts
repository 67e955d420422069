import type { AttributeValue, ElementType, Graph, HostArray, Node, Value } from './graph.ts';

/** ONNX's numbers for element types. */
const ELEMENT: Record<ElementType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 };
const ATTRIBUTE = { float: 1, int: 2, string: 3, ints: 7 };
const IR_VERSION = 9;
const OPSET = 18;

/** Writes protocol buffer fields (https://protobuf.dev/programming-guides/encoding/) into a buffer that grows. */
class ProtobufWriter {
  private bytes = new Uint8Array(1 << 12);
  private length = 0;
  private static readonly encoder = new TextEncoder();

  private reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + count));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  private varint(value: number): void {
    this.reserve(10);
    if (value < 0) {
      let rest = BigInt.asUintN(64, BigInt(value));
      while (rest > 127n) {
        this.bytes[this.length++] = Number(rest & 127n) | 128;
        rest >>= 7n;
      }
      this.bytes[this.length++] = Number(rest);
      return;
    }
    let rest = value;
    while (rest > 127) {
      this.bytes[this.length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  integer(field: number, value: number): void {
    this.varint(field << 3);
    this.varint(value);
  }

  float(field: number, value: number): void {
    this.varint((field << 3) | 5);
    this.reserve(4);
    new DataView(this.bytes.buffer).setFloat32(this.length, value, true);
    this.length += 4;
  }

  raw(field: number, value: Uint8Array): void {
    this.varint((field << 3) | 2);
    this.varint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  text(field: number, value: string): void {
    this.raw(field, ProtobufWriter.encoder.encode(value));
  }

  message(field: number, write: (inner: ProtobufWriter) => void): void {
    const inner = new ProtobufWriter();
    write(inner);
    this.raw(field, inner.finish());
  }

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}

function writeAttribute(writer: ProtobufWriter, name: string, value: AttributeValue): void {
  writer.text(1, name);
  if (typeof value === 'number') {
    writer.integer(3, value);
    writer.integer(20, ATTRIBUTE.int);
  } else if (typeof value === 'string') {
    writer.text(4, value);
    writer.integer(20, ATTRIBUTE.string);
  } else if ('float' in value) {
    writer.float(2, value.float);
    writer.integer(20, ATTRIBUTE.float);
  } else {
    for (const item of value) writer.integer(8, item);
    writer.integer(20, ATTRIBUTE.ints);
  }
}

function writeValueInfo(writer: ProtobufWriter, name: string, { type, shape }: Value): void {
  writer.text(1, name);
  writer.message(2, (typeProto) =>
    typeProto.message(1, (tensorType) => {
      tensorType.integer(1, ELEMENT[type]);
      tensorType.message(2, (shapeProto) => {
        for (const length of shape) shapeProto.message(1, (dimension) => dimension.integer(1, length));
      });
    }),
  );
}

/** {@link NO_TENSOR} as a sequence of float tensors of any shape. */
function writeSequenceInfo(writer: ProtobufWriter): void {
  writer.text(1, NO_TENSOR);
  writer.message(2, (typeProto) =>
    typeProto.message(4, (sequence) =>
      sequence.message(1, (elementType) =>
        elementType.message(1, (tensorType) => tensorType.integer(1, ELEMENT.float32)),
      ),
    ),
  );
}

const bytesOf = (data: HostArray): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** What a compiled graph calls its inputs and outputs: by place. */
export const inputName = (index: number): string => `in${index}`;
export const outputName = (index: number): string => `out${index}`;

/** The name of an output that is no tensor: see `writeOnnx`. */
export const NO_TENSOR = 'no_tensor';

/** A node's name says which kernel recorded it, and where it stands: errors of the runtime quote it. */
const nodeName = (node: Node, index: number): string => `${node.kernel}#${index}/${node.operator}`;

/**
 * The graph as an ONNX model (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3).
 *
 * An output may be an input, a constant, or the same value as another output: those go through an Identity.
 *
 * @param noTensor puts an output before all others that is an empty sequence and no tensor
 */
export function writeOnnx(graph: Graph, noTensor = false): Uint8Array {
  const names = new Map<Value, string>();
  const constants: Value[] = [];
  graph.inputs.forEach((value, i) => {
    names.set(value, inputName(i));
  });
  const copies: [from: string, to: string][] = [];
  const produced = new Set(graph.nodes.flatMap((node) => node.outputs));
  graph.outputs.forEach((value, i) => {
    if (produced.has(value) && !names.has(value)) names.set(value, outputName(i));
  });
  let next = 0;
  const nameOf = (value: Value): string => {
    let name = names.get(value);
    if (name === undefined) {
      name = `${value.constant ? 'c' : 'v'}${next++}`;
      names.set(value, name);
      if (value.constant) constants.push(value);
    }
    return name;
  };

  const model = new ProtobufWriter();
  model.integer(1, IR_VERSION);
  model.message(8, (opset) => {
    opset.text(1, '');
    opset.integer(2, OPSET);
  });
  model.message(8, (opset) => {
    opset.text(1, 'com.microsoft');
    opset.integer(2, 1);
  });
  model.message(7, (proto) => {
    graph.nodes.forEach((node, i) => {
      proto.message(1, (nodeProto) => {
        for (const input of node.inputs) nodeProto.text(1, input ? nameOf(input) : '');
        for (const output of node.outputs) nodeProto.text(2, nameOf(output));
        nodeProto.text(3, nodeName(node, i));
        nodeProto.text(4, node.operator);
        if (node.domain) nodeProto.text(7, node.domain);
        for (const [name, value] of Object.entries(node.attributes)) {
          nodeProto.message(5, (attribute) => writeAttribute(attribute, name, value));
        }
      });
    });
    graph.outputs.forEach((value, i) => {
      if (names.get(value) !== outputName(i)) copies.push([nameOf(value), outputName(i)]);
    });
    for (const [from, to] of copies) {
      proto.message(1, (nodeProto) => {
        nodeProto.text(1, from);
        nodeProto.text(2, to);
        nodeProto.text(4, 'Identity');
      });
    }
    if (noTensor) {
      proto.message(1, (nodeProto) => {
        nodeProto.text(2, NO_TENSOR);
        nodeProto.text(4, 'SequenceEmpty');
      });
    }
    proto.text(2, 'step');
    for (const value of constants) {
      proto.message(5, (tensor) => {
        for (const length of value.shape) tensor.integer(1, length);
        tensor.integer(2, ELEMENT[value.type]);
        tensor.text(8, names.get(value)!);
        tensor.raw(9, bytesOf(value.constant!));
      });
    }
    graph.inputs.forEach((value, i) => {
      proto.message(11, (info) => writeValueInfo(info, inputName(i), value));
    });
    if (noTensor) proto.message(12, writeSequenceInfo);
    graph.outputs.forEach((value, i) => {
      proto.message(12, (info) => writeValueInfo(info, outputName(i), value));
    });
  });
  return model.finish();
}
