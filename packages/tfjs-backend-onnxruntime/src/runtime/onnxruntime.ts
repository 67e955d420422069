import { createRequire } from 'node:module';
import type { InferenceSession } from 'onnxruntime-node';
import { RuntimeUnavailableError } from '../errors.ts';
import { writeOnnx } from '../graph/onnx-writer.ts';
import type { BackendOptions } from '../options.ts';
import { loadBinding } from './binding.ts';
import type { Runtime, Session } from './runtime.ts';
import { sessionOptions } from './session-options.ts';
import { arraysOf, feedsOf, inPlaceSession, isInPlacePossible, plainSession } from './synchronous-session.ts';

type Onnxruntime = typeof import('onnxruntime-node');

function loadOnnxruntime(): Onnxruntime {
  try {
    return createRequire(import.meta.url)('onnxruntime-node') as Onnxruntime;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new RuntimeUnavailableError(
      `onnxruntime-node does not load (${reason}): install onnxruntime-node; it has binaries for Linux x64 and arm64, macOS arm64, and Windows`,
      { cause: error },
    );
  }
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
    let isPossible: boolean | undefined;
    const inPlace = (options: BackendOptions): boolean => {
      // Arrays are the processor's; from other devices everything is copied in any case.
      if (options.device !== 'cpu') return false;
      isPossible ??= isInPlacePossible(onnxruntime, binding, options);
      return isPossible;
    };
    return {
      synchronous: true,
      compile(graph, options, arena = false): Session {
        const make = inPlace(options) ? inPlaceSession : plainSession;
        return make(onnxruntime, binding, graph, options, arena);
      },
    };
  }
  return {
    synchronous: false,
    async compile(graph, options, arena = false): Promise<Session> {
      const session: InferenceSession = await onnxruntime.InferenceSession.create(
        writeOnnx(graph),
        sessionOptions(options, arena),
      );
      return {
        writesInto: false,
        run: async (inputs) =>
          arraysOf(await session.run(feedsOf(onnxruntime, inputs)), graph.outputs.length),
        dispose: () => void session.release(),
      };
    },
  };
}
