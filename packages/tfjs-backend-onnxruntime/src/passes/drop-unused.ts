import type { Graph, Node, Value } from '../graph/graph.ts';

/** Without the nodes and inputs that no output needs. */
export function dropUnused(graph: Graph): Graph {
  const needed = new Set<Value>(graph.outputs);
  const nodes: Node[] = [];
  for (let i = graph.nodes.length - 1; i >= 0; i--) {
    const node = graph.nodes[i];
    if (!node.outputs.some((output) => needed.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) if (input) needed.add(input);
  }
  return {
    nodes: nodes.reverse(),
    inputs: graph.inputs.filter((input) => needed.has(input)),
    outputs: graph.outputs,
  };
}
