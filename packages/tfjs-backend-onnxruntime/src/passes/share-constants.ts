import type { Graph, HostArray, Value } from '../graph/graph.ts';
import { substitute } from './substitute.ts';

/** Constants with the same numbers become one. */
export function shareConstants(graph: Graph): Graph {
  const first = new Map<string, Value>();
  const replacements = new Map<Value, Value>();
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (!input?.constant) continue;
      const key = `${input.type}[${input.shape}]${textOf(input.constant)}`;
      const known = first.get(key);
      if (!known) first.set(key, input);
      else if (known !== input) replacements.set(input, known);
    }
  }
  return substitute(graph, replacements);
}

const textOf = (data: HostArray): string =>
  Array.from(data as Float32Array, (x) => (Object.is(x, -0) ? '-0' : `${x}`)).join();
