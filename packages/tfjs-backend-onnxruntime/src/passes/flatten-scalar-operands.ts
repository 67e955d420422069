import {
  constantValue,
  type Graph,
  makeNode,
  type Node,
  sameShape,
  sizeOf,
  type Value,
} from '../graph/graph.ts';
import { ELEMENTWISE } from './elementwise.ts';

/**
 * onnxruntime's broadcasting runs along the last axis: a scalar with the weight of a 1×1 convolution, [o, i, 1, 1],
 * takes a step of its own for every number, forty times as long as with the same numbers as [o · i]. Such nodes get
 * flat operands.
 */
export function flattenScalarOperands(graph: Graph): Graph {
  if (!graph.nodes.some(isSlow)) return graph;
  const flats = new Map<Value, Value>();
  const nodes: Node[] = [];
  const reshape = (value: Value, shape: readonly number[], to?: Value): Value => {
    const target = constantValue(BigInt64Array.from(shape, BigInt), [shape.length], 'int64');
    const node = makeNode('Reshape', 'Reshape', [value, target], {}, [{ shape, type: value.type }]);
    nodes.push(to ? { ...node, outputs: [to] } : node);
    return to ?? node.outputs[0];
  };
  const flat = (value: Value): Value => {
    if (value.shape.length === 0) return value;
    const known = flats.get(value) ?? reshape(value, sizeOf(value.shape) === 1 ? [] : [sizeOf(value.shape)]);
    flats.set(value, known);
    return known;
  };
  for (const node of graph.nodes) {
    if (!isSlow(node)) {
      nodes.push(node);
      continue;
    }
    const [output] = node.outputs;
    const inputs = node.inputs.map((input) => input && flat(input));
    const made = makeNode(
      node.kernel,
      node.operator,
      inputs,
      node.attributes,
      [{ shape: [sizeOf(output.shape)], type: output.type }],
      node.domain,
    );
    nodes.push(made);
    flats.set(output, made.outputs[0]);
    reshape(made.outputs[0], output.shape, output);
  }
  return { ...graph, nodes };
}

function isSlow({ operator, inputs, outputs }: Node): boolean {
  if (!ELEMENTWISE.has(operator) || inputs.length < 2) return false;
  const { shape } = outputs[0];
  const size = sizeOf(shape);
  if (shape.at(-1) !== 1 || size === 1) return false;
  const scalars = inputs.filter((input) => input && sizeOf(input.shape) === 1).length;
  const whole = inputs.filter((input) => input && sameShape(input.shape, shape)).length;
  return scalars > 0 && scalars + whole === inputs.filter(Boolean).length;
}
