import { SWAP_ENDS, swapEnds, TO_CHANNELS_FIRST, TO_CHANNELS_LAST } from '../graph/channel-order.ts';
import { constantValue, type Graph, makeNode, type Node, sizeOf, type Value } from '../graph/graph.ts';
import { ELEMENTWISE } from './elementwise.ts';

/** Where an axis of NHWC stands in CHWN. */
const firstAxis = (axis: number): number => SWAP_ENDS.indexOf(axis);

const REDUCTIONS: ReadonlySet<string> = new Set(
  'ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd'.split(' '),
);

/**
 * Every kernel of images turns its inputs channels first and its output channels last. This pass keeps what comes
 * out channels first, and carries that through everything that does not care about the order of axes; only where
 * something does is a value turned back. No turning operator is left in the graph but as a Transpose.
 */
export function keepChannelsFirst(graph: Graph): Graph {
  if (!graph.nodes.some(({ operator }) => operator === TO_CHANNELS_LAST || operator === TO_CHANNELS_FIRST))
    return graph;
  const pass = new Pass();
  for (const node of graph.nodes) pass.add(node);
  const outputs = graph.outputs.map((value) => pass.last(value));
  return { nodes: pass.nodes, inputs: graph.inputs, outputs };
}

class Pass {
  readonly nodes: Node[] = [];
  /** The CHWN form of a value that graph and consumers know as NHWC, where there is one. */
  private readonly firsts = new Map<Value, Value>();
  /** NHWC values that exist only by name: no node makes them yet. */
  private readonly absent = new Set<Value>();
  /** What now stands for a value of the given graph. */
  private readonly replacements = new Map<Value, Value>();

  add(node: Node): void {
    const inputs = node.inputs.map((input) => input && this.now(input));
    if (!this.carry(node, inputs)) {
      const ready = inputs.map((input) => input && this.last(input));
      const same = ready.every((input, i) => input === node.inputs[i]);
      this.nodes.push(same ? node : { ...node, inputs: ready });
    }
  }

  private now(value: Value): Value {
    return this.replacements.get(value) ?? value;
  }

  /** The value in the order of axes that the graph says. */
  last(given: Value): Value {
    const value = this.now(given);
    if (!this.absent.has(value)) return value;
    this.absent.delete(value);
    const source = this.firsts.get(value)!;
    this.nodes.push({ ...this.turn(source), outputs: [value] });
    return value;
  }

  private turn(value: Value): Node {
    const shape = swapEnds(value.shape);
    return makeNode('Transpose', 'Transpose', [value], { perm: SWAP_ENDS }, [{ shape, type: value.type }]);
  }

  /** The value as CHWN, turned where it is not. */
  private first(value: Value): Value {
    const known = this.firsts.get(value);
    if (known) return known;
    const node = this.turn(value);
    this.nodes.push(node);
    this.firsts.set(value, node.outputs[0]);
    return node.outputs[0];
  }

  /** Emits a node that makes `value` in CHWN, and leaves the NHWC form to whoever wants it. */
  private emitFirst(node: Node, inputs: readonly (Value | undefined)[], value: Value): void {
    const shape = swapEnds(value.shape);
    const made = makeNode(
      node.kernel,
      node.operator,
      inputs,
      node.attributes,
      [{ shape, type: value.type }],
      node.domain,
    );
    this.nodes.push(made);
    this.leave(value, made.outputs[0]);
  }

  private leave(value: Value, first: Value): void {
    this.firsts.set(value, first);
    this.absent.add(value);
  }

  private reshape(value: Value, shape: readonly number[]): Value {
    const target = constantValue(BigInt64Array.from(shape, BigInt), [shape.length], 'int64');
    const node = makeNode('Reshape', 'Reshape', [value, target], {}, [{ shape, type: value.type }]);
    this.nodes.push(node);
    return node.outputs[0];
  }

  /** [n, 1, 1, c] channels first. */
  private spread(value: Value): Value {
    const [n, , , c] = value.shape;
    const rows = this.reshape(value, [n, c]);
    const turned = makeNode('Transpose', 'Transpose', [rows], { perm: [1, 0] }, [
      { shape: [c, n], type: value.type },
    ]);
    this.nodes.push(turned);
    return this.reshape(turned.outputs[0], [c, 1, 1, n]);
  }

  /** Whether the node could be written for CHWN, and has been. */
  private carry(node: Node, inputs: readonly (Value | undefined)[]): boolean {
    const [input] = inputs;
    const output = node.outputs[0];
    if (node.operator === TO_CHANNELS_LAST) {
      // A value that is channels first by its kernel is in no map: it is as it is.
      this.leave(output, input!);
      return true;
    }
    if (node.operator === TO_CHANNELS_FIRST) {
      this.replacements.set(output, this.first(input!));
      return true;
    }
    if (ELEMENTWISE.has(node.operator)) return this.carryElementwise(node, inputs);
    if (input?.shape.length !== 4 || !this.firsts.has(input)) return this.carryExpand(node, inputs);
    if (REDUCTIONS.has(node.operator)) return this.carryReduction(node, inputs);
    if (node.operator === 'Pad' && this.absent.has(input)) {
      const pads = [...(inputs[1]!.constant as BigInt64Array)];
      const turned = [...SWAP_ENDS.map((axis) => pads[axis]), ...SWAP_ENDS.map((axis) => pads[axis + 4])];
      const constant = constantValue(BigInt64Array.from(turned), [8], 'int64');
      this.emitFirst(node, [this.first(input), constant, ...inputs.slice(2)], output);
      return true;
    }
    if (node.operator === 'Slice' && this.absent.has(input)) {
      const axes = [...(inputs[3]!.constant as BigInt64Array)].map((axis) => BigInt(firstAxis(Number(axis))));
      const constant = constantValue(BigInt64Array.from(axes), [axes.length], 'int64');
      this.emitFirst(node, [this.first(input), inputs[1], inputs[2], constant, ...inputs.slice(4)], output);
      return true;
    }
    if (node.operator === 'Concat' && inputs.every((value) => this.absent.has(value!))) {
      const axis = firstAxis(node.attributes.axis as number);
      this.emitFirst(
        { ...node, attributes: { axis } },
        inputs.map((value) => this.first(value!)),
        output,
      );
      return true;
    }
    return false;
  }

  /** An operand of fewer axes, or with axes of one, as it broadcasts against CHWN. */
  private operand(value: Value): Value {
    if (this.firsts.has(value)) return this.first(value);
    if (sizeOf(value.shape) === 1) return value.shape.length <= 1 ? value : this.reshape(value, []);
    const shape = [1, 1, 1, 1, ...value.shape].slice(-4);
    if (value.shape.length === 4 && shape[0] * shape[1] * shape[2] > 1) return this.first(value);
    const wide = value.shape.length === 4 ? value : this.reshape(value, shape);
    if (shape[0] === 1 && shape[1] === 1 && shape[2] === 1) return this.reshape(value, [shape[3], 1, 1, 1]);
    return this.first(wide);
  }

  private carryElementwise(node: Node, inputs: readonly (Value | undefined)[]): boolean {
    const output = node.outputs[0];
    if (output.shape.length !== 4 || !inputs.some((value) => value && this.absent.has(value))) return false;
    this.emitFirst(
      node,
      inputs.map((value) => value && this.operand(value)),
      output,
    );
    return true;
  }

  private carryReduction(node: Node, inputs: readonly (Value | undefined)[]): boolean {
    const input = inputs[0]!;
    if (!this.absent.has(input)) return false;
    const axes = [...(inputs[1]!.constant as BigInt64Array)].map(Number);
    const places = axes.map(firstAxis);
    const constant = constantValue(BigInt64Array.from(places, BigInt), [axes.length], 'int64');
    if (node.attributes.keepdims) {
      this.emitFirst(node, [this.first(input), constant], node.outputs[0]);
      return true;
    }
    const output = node.outputs[0];
    const kept = [0, 1, 2, 3].filter((axis) => !axes.includes(axis)).map(firstAxis);
    const order = [...kept].sort((a, b) => a - b);
    if (kept.every((axis, i) => axis === order[i])) {
      this.nodes.push({ ...node, inputs: [this.first(input), constant] });
      return true;
    }
    const shape = order.map((axis) => this.first(input).shape[axis]);
    const reduced = makeNode(node.kernel, node.operator, [this.first(input), constant], node.attributes, [
      { shape, type: output.type },
    ]);
    const perm = kept.map((axis) => order.indexOf(axis));
    const turned = makeNode('Transpose', 'Transpose', reduced.outputs, { perm }, [output]);
    this.nodes.push(reduced, { ...turned, outputs: [output] });
    return true;
  }

  /** One number a channel and image, spread over all positions: as the gradient of a mean over positions is. */
  private carryExpand(node: Node, inputs: readonly (Value | undefined)[]): boolean {
    const [input] = inputs;
    const output = node.outputs[0];
    if (node.operator !== 'Expand' || output.shape.length !== 4 || input?.shape.length !== 4) return false;
    const [, h, w] = input.shape;
    if (h !== 1 || w !== 1) return false;
    const target = swapEnds(output.shape);
    const constant = constantValue(BigInt64Array.from(target, BigInt), [4], 'int64');
    this.emitFirst(node, [this.spread(this.last(input)), constant], output);
    return true;
  }
}
