import type { Graph, HostArray, Node, Value } from './graph.ts';

/** A graph, and the string that two graphs share if and only if one session can run both. */
export interface CollectedGraph extends Graph {
  key: string;
}

const keyOfConstant = ({ type, shape, constant }: Value): string =>
  `${type}[${shape}]=${(constant as HostArray).join()}`;

/** Everything that the outputs depend on and has not been computed, in the order it was recorded. */
export function collect(outputs: Value[]): CollectedGraph {
  const seen = new Set<Node>();
  const stack: Node[] = [];
  const visit = (value: Value | undefined) => {
    if (value?.node && !seen.has(value.node)) {
      seen.add(value.node);
      stack.push(value.node);
    }
  };
  outputs.forEach(visit);
  while (stack.length > 0) stack.pop()!.inputs.forEach(visit);
  const nodes = [...seen].sort((a, b) => a.order - b.order);

  const ids = new Map<Value, number>();
  const inputs: Value[] = [];
  const parts: string[] = [];
  let next = 0;
  const leaf = (value: Value): number => {
    if (value.constant) {
      const id = next++;
      parts.push(`c${id}${keyOfConstant(value)}`);
      ids.set(value, id);
      return id;
    }
    const id = next++;
    ids.set(value, id);
    inputs.push(value);
    parts.push(`i${id}${value.type}[${value.shape}]`);
    return id;
  };
  for (const node of nodes) {
    let part = node.domain ? `${node.domain}.${node.signature}` : node.signature;
    part += '(';
    for (const input of node.inputs) {
      part += input ? (ids.get(input) ?? leaf(input)) : '';
      part += ',';
    }
    for (const output of node.outputs) ids.set(output, next++);
    parts.push(part);
  }
  // An output's shape may depend on numbers that go in.
  const results = outputs.map((value) => `${ids.get(value)}[${value.shape}]`);
  return { nodes, inputs, outputs, key: `${parts.join(';')}>${results.join()}` };
}
