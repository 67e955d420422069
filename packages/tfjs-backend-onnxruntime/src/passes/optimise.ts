import type { Graph } from '../graph/graph.ts';
import { dropUnused } from './drop-unused.ts';
import { flattenScalarOperands } from './flatten-scalar-operands.ts';
import { keepChannelsFirst } from './keep-channels-first.ts';
import { shareConstants } from './share-constants.ts';

/** What is done to a graph before it is compiled. onnxruntime does more of its own. */
export function optimise(graph: Graph): Graph {
  return dropUnused(shareConstants(flattenScalarOperands(keepChannelsFirst(graph))));
}
