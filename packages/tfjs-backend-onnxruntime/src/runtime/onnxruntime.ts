import { createRequire } from 'node:module';
import type { InferenceSession, OnnxValue, Tensor } from 'onnxruntime-node';
import { RuntimeUnavailableError } from '../errors.ts';
import type { HostArray, Value } from '../graph/graph.ts';
import { inputName, outputName } from '../graph/onnx-writer.ts';
import type { Runtime, Session } from './runtime.ts';
import { sessionOptions } from './session-options.ts';

type Onnxruntime = typeof import('onnxruntime-node');

/** The part of onnxruntime-node's own binding that runs at once. It is not documented, so never relied on. */
interface Binding {
  InferenceSession: new () => {
    loadModel(buffer: ArrayBufferLike, offset: number, length: number, options: object): void;
    run(
      feeds: Record<string, OnnxValue>,
      fetches: Record<string, OnnxValue | null>,
      options: object,
    ): Record<string, OnnxValue>;
    dispose(): void;
  };
}

const load = createRequire(import.meta.url);

function loadOnnxruntime(): Onnxruntime {
  try {
    return load('onnxruntime-node') as Onnxruntime;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new RuntimeUnavailableError(
      `onnxruntime-node does not load (${reason}): install onnxruntime-node; it has binaries for Linux x64 and arm64, macOS arm64, and Windows`,
      { cause: error },
    );
  }
}

function loadBinding(): Binding | undefined {
  try {
    const { binding, initOrt } = load('onnxruntime-node/dist/binding.js') as {
      binding?: Binding;
      initOrt?: () => void;
    };
    if (typeof binding?.InferenceSession?.prototype?.run !== 'function' || typeof initOrt !== 'function') {
      return undefined;
    }
    initOrt();
    return binding;
  } catch {
    return undefined;
  }
}

function feedsOf({ Tensor }: Onnxruntime, inputs: readonly Value[]): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {};
  inputs.forEach(({ data, type, shape }, i) => {
    feeds[inputName(i)] = new Tensor(type as 'float32', data as Float32Array, shape);
  });
  return feeds;
}

function arraysOf(results: Record<string, OnnxValue>, outputs: number): HostArray[] {
  return Array.from({ length: outputs }, (_, i) => (results[outputName(i)] as Tensor).data as HostArray);
}

/**
 * onnxruntime-node, by its synchronous binding where that is wanted and there, else by its public interface.
 *
 * @throws RuntimeUnavailableError where the package is missing or has no binary for this machine
 */
export function startRuntime(synchronous: boolean): Runtime {
  const onnxruntime = loadOnnxruntime();
  const binding = synchronous ? loadBinding() : undefined;
  if (binding) {
    return {
      synchronous: true,
      compile(model, options, outputs, arena = false): Session {
        const session = new binding.InferenceSession();
        session.loadModel(model.buffer, model.byteOffset, model.byteLength, sessionOptions(options, arena));
        const fetches: Record<string, null> = {};
        for (let i = 0; i < outputs; i++) fetches[outputName(i)] = null;
        return {
          run: (inputs) => arraysOf(session.run(feedsOf(onnxruntime, inputs), fetches, {}), outputs),
          dispose: () => session.dispose(),
        };
      },
    };
  }
  return {
    synchronous: false,
    async compile(model, options, outputs, arena = false): Promise<Session> {
      const session: InferenceSession = await onnxruntime.InferenceSession.create(
        model,
        sessionOptions(options, arena),
      );
      return {
        run: async (inputs) => arraysOf(await session.run(feedsOf(onnxruntime, inputs)), outputs),
        dispose: () => void session.release(),
      };
    },
  };
}
