import { backend, setBackend } from '@tensorflow/tfjs-core';
import { closest } from 'fastest-levenshtein';
import { EngineUnavailableError } from '../errors/engine-unavailable-error.ts';
import { UnknownEngineError } from '../errors/unknown-engine-error.ts';
import { ENGINES, type Engine } from './engine-table.ts';
import { prepareBackend } from './prepare-backend.ts';
import { quietLoad } from './quiet-load.ts';

/** Engines this version knows, and `auto`. Other strings are refused with the nearest valid name. */
export type EngineName = 'auto' | 'wasm' | 'cpu' | 'tensorflow' | (string & {});

export interface StartedEngine {
  /** The engine, never `auto`. */
  name: string;
  /** Why this one. */
  reason: string;
}

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0];

/** Loads one engine and makes it tfjs's backend. */
async function load(engine: Engine): Promise<void> {
  let set = false;
  let cause: unknown;
  try {
    set = await quietLoad(async () => {
      await engine.load();
      return setBackend(engine.backend);
    });
  } catch (error) {
    cause = error;
  }
  if (!set) {
    const why = cause ? `${messageOf(cause)}; ` : '';
    throw new EngineUnavailableError(engine.name, `${why}${engine.remedy}`, { cause });
  }
  prepareBackend(engine.backend);
  // tfjs-cpu advertises tfjs's native package at its first use.
  const started = backend() as { firstUse?: boolean };
  if (started.firstUse) started.firstUse = false;
}

/**
 * Sets tfjs's backend, and registers the gradients and kernels that training needs and the backend lacks. `auto`
 * takes the fastest that loads. May be called again, with another name too: tensors of both stay usable.
 *
 * @throws UnknownEngineError for a name that is no engine's, with the nearest that is
 * @throws EngineUnavailableError where the engine does not load, with what to install
 */
export async function startEngine(name: EngineName = 'auto'): Promise<StartedEngine> {
  if (name !== 'auto') {
    const engine = findEngine(name);
    await load(engine);
    return { name, reason: `asked for: ${engine.use}` };
  }
  const passedOver: string[] = [];
  for (const engine of ENGINES.filter(({ automatic }) => automatic)) {
    try {
      await load(engine);
      const why = passedOver.length ? ` (${passedOver.join('; ')})` : '';
      return { name: engine.name, reason: `the fastest that loads here: ${engine.use}${why}` };
    } catch (error) {
      passedOver.push(messageOf(error));
    }
  }
  throw new EngineUnavailableError('auto', passedOver.join('; '));
}

function findEngine(name: string): Engine {
  const engine = ENGINES.find((entry) => entry.name === name);
  if (engine) return engine;
  const known = ['auto', ...ENGINES.map((entry) => entry.name)];
  throw new UnknownEngineError(name, known, closest(name.toLowerCase(), known));
}
