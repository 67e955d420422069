import { backend, setBackend } from '@tensorflow/tfjs-core';
import { closest } from 'fastest-levenshtein';
import { DeviceError } from '../errors/device-error.ts';
import { EngineUnavailableError } from '../errors/engine-unavailable-error.ts';
import { UnknownEngineError } from '../errors/unknown-engine-error.ts';
import { type Device, deviceOf } from './device.ts';
import { ENGINES, type Engine } from './engine-table.ts';
import { prepareBackend } from './prepare-backend.ts';
import { quietLoad } from './quiet-load.ts';
import { unavailableReason } from './unavailable-reason.ts';

/** Engines this version knows, and `auto`. Other strings are refused with the nearest valid name. */
export type EngineName = 'auto' | 'onnxruntime' | 'wasm' | 'cpu' | 'tensorflow' | (string & {});

/** Settings of `startEngine`. */
export interface EngineOptions {
  /** Where it computes: 'cpu' (the default), 'webgpu' or 'cuda'. Only `onnxruntime` takes another than 'cpu'. */
  device?: Device | (string & {});
}

/** What `startEngine` has chosen. */
export interface StartedEngine {
  /** The engine, never `auto`. */
  name: string;
  device: Device;
  /** Why this one. */
  reason: string;
}

/** Loads one engine and makes it tfjs's backend. */
async function load(engine: Engine, device: Device): Promise<void> {
  let set = false;
  let cause: unknown;
  try {
    set = await quietLoad(async () => {
      await engine.load(device);
      await engine.select?.(device);
      return setBackend(engine.backend);
    });
  } catch (error) {
    cause = error;
  }
  if (!set)
    throw new EngineUnavailableError(
      engine.name,
      unavailableReason(engine, cause ?? 'tfjs does not start its backend'),
      { cause },
    );
  prepareBackend(engine.backend);
  // tfjs-cpu advertises tfjs's native package at its first use.
  const started = backend() as { firstUse?: boolean };
  if (started.firstUse) started.firstUse = false;
}

/**
 * Sets tfjs's backend, and registers the gradients and kernels that training needs and the backend lacks. `auto`
 * takes the fastest that loads, and with another device than 'cpu' the engine that has it. May be called again, with
 * another name or device too: tensors of both stay usable.
 *
 * @throws UnknownEngineError for a name that is no engine's, with the nearest that is
 * @throws DeviceError for a device that does not exist or is not the engine's
 * @throws EngineUnavailableError where the engine does not load or the device not work, with what to do. The engine
 * that ran before runs on
 */
export async function startEngine(
  name: EngineName = 'auto',
  options: EngineOptions = {},
): Promise<StartedEngine> {
  const device = deviceOf(options.device ?? 'cpu');
  if (name !== 'auto' || device !== 'cpu') {
    const engine = name === 'auto' ? engineOf(device) : findEngine(name, device);
    await load(engine, device);
    return { name: engine.name, device, reason: `asked for: ${engine.uses[device]}` };
  }
  const passedOver: string[] = [];
  for (const engine of ENGINES.filter(({ automatic }) => automatic)) {
    try {
      await load(engine, device);
      const why = passedOver.length ? ` (${passedOver.join('; ')})` : '';
      const reason = `the fastest that loads here: ${engine.uses.cpu}${why}`;
      return { name: engine.name, device, reason };
    } catch (error) {
      passedOver.push(error instanceof Error ? error.message : String(error));
    }
  }
  throw new EngineUnavailableError('auto', passedOver.join('; '));
}

const engineOf = (device: Device): Engine => ENGINES.find(({ uses }) => uses[device])!;

function findEngine(name: string, device: Device): Engine {
  const engine = ENGINES.find((entry) => entry.name === name);
  if (!engine) {
    const known = ['auto', ...ENGINES.map((entry) => entry.name)];
    throw new UnknownEngineError(name, known, closest(name.toLowerCase(), known));
  }
  if (!engine.uses[device]) {
    const advice = `the engine '${name}' runs nowhere else, '${engineOf(device).name}' does`;
    throw new DeviceError(device, Object.keys(engine.uses), advice);
  }
  return engine;
}
