import type { Graph, Value } from '../graph/graph.ts';

/** The same graph with some values replaced by others. */
export function substitute(graph: Graph, replacements: ReadonlyMap<Value, Value>): Graph {
  if (replacements.size === 0) return graph;
  const now = (value: Value): Value => replacements.get(value) ?? value;
  return {
    nodes: graph.nodes.map((node) => {
      if (!node.inputs.some((input) => input && replacements.has(input))) return node;
      return { ...node, inputs: node.inputs.map((input) => input && now(input)) };
    }),
    inputs: graph.inputs,
    outputs: graph.outputs.map(now),
  };
}
