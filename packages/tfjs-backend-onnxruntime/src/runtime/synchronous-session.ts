import type { OnnxValue, Tensor } from 'onnxruntime-node';
import { type Graph, type HostArray, hostValue, makeNode, type Value } from '../graph/graph.ts';
import { inputName, NO_TENSOR, outputName, writeOnnx } from '../graph/onnx-writer.ts';
import type { BackendOptions } from '../options.ts';
import type { Binding } from './binding.ts';
import type { Session } from './runtime.ts';
import { sessionOptions } from './session-options.ts';

type Onnxruntime = typeof import('onnxruntime-node');

export function feedsOf({ Tensor }: Onnxruntime, inputs: readonly Value[]): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  inputs.forEach(({ data, type, shape }, i) => {
    feeds[inputName(i)] = new Tensor(type as 'float32', data as Float32Array, shape);
  });
  return feeds;
}

export function arraysOf(results: Record<string, OnnxValue>, outputs: number): HostArray[] {
  return Array.from({ length: outputs }, (_, i) => (results[outputName(i)] as Tensor).data as HostArray);
}

/** What onnxruntime-node says of an output that is no tensor, after the run, when it comes to handing it out. */
const NO_TENSOR_MESSAGE = 'Non tensor type is temporarily not supported.';

/** A session that runs at once, by onnxruntime-node's binding. Outputs are new arrays. */
export function plainSession(
  onnxruntime: Onnxruntime,
  binding: Binding,
  graph: Graph,
  options: BackendOptions,
  arena: boolean,
): Session {
  const session = compiled(binding, writeOnnx(graph), options, arena);
  const count = graph.outputs.length;
  const fetches: Record<string, null> = {};
  for (let i = 0; i < count; i++) fetches[outputName(i)] = null;
  return {
    writesInto: false,
    run: (inputs) => arraysOf(session.run(feedsOf(onnxruntime, inputs), fetches, {}), count),
    dispose: () => session.dispose(),
  };
}

/**
 * The same, with outputs written into arrays that the caller has. onnxruntime computes into such arrays, but its
 * binding then copies every output into a new one all the same, a tenth of a ResNet-50 step. It hands outputs out one
 * after the other, and refuses to hand out what is no tensor: with an empty sequence before all others it stops there,
 * when everything has been computed and nothing been copied. Should it learn to hand out sequences one day, it copies
 * again, and the arrays are the same.
 */
export function inPlaceSession(
  onnxruntime: Onnxruntime,
  binding: Binding,
  graph: Graph,
  options: BackendOptions,
  arena: boolean,
): Session {
  const { Tensor } = onnxruntime;
  const types = graph.outputs.map(({ type }) => type);
  const session = compiled(binding, writeOnnx(graph, true), options, arena);
  return {
    writesInto: true,
    run(inputs, into = []) {
      const fetches: Record<string, OnnxValue | null> = { [NO_TENSOR]: null };
      into.forEach(({ array, shape }, i) => {
        fetches[outputName(i)] = new Tensor(types[i] as 'float32', array as Float32Array, shape);
      });
      try {
        session.run(feedsOf(onnxruntime, inputs), fetches, {});
      } catch (error) {
        if ((error as Error)?.message !== NO_TENSOR_MESSAGE) throw error;
      }
      return into.map(({ array }) => array);
    },
    dispose: () => session.dispose(),
  };
}

/** Whether `inPlaceSession` does here what it is for: it is tried. */
export function isInPlacePossible(
  onnxruntime: Onnxruntime,
  binding: Binding,
  options: BackendOptions,
): boolean {
  const x = hostValue(Float32Array.of(1, -2), [2], 'float32');
  const node = makeNode('InPlaceCheck', 'Neg', [x], {}, [{ shape: [2], type: 'float32' }]);
  const graph = { nodes: [node], inputs: [x], outputs: [...node.outputs] };
  try {
    const session = inPlaceSession(onnxruntime, binding, graph, options, false);
    const into = new Float32Array(2);
    session.run([x], [{ shape: [2], array: into }]);
    session.dispose();
    return into[0] === -1 && into[1] === 2;
  } catch {
    return false;
  }
}

function compiled(binding: Binding, model: Uint8Array, options: BackendOptions, arena: boolean) {
  const session = new binding.InferenceSession();
  session.loadModel(model.buffer, model.byteOffset, model.byteLength, sessionOptions(options, arena));
  return session;
}
