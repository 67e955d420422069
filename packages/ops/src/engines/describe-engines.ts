import type { Device } from './device.ts';
import { ENGINES, type Engine } from './engine-table.ts';
import { unavailableReason } from './unavailable-reason.ts';

/** Whether an engine works on a device. */
export interface DeviceDescription {
  device: Device;
  available: boolean;
  /** What the engine does there, or why it does not and what to do. */
  reason: string;
}

/** Whether an engine loads on this machine. */
export interface EngineDescription {
  name: string;
  available: boolean;
  /** What it is good for, or why it does not load and what to install. */
  reason: string;
  /** Of an engine that loads and knows more devices than the processor: which of them work. */
  devices?: DeviceDescription[];
}

/** Which engines load here and why the others do not. Loads their packages, and leaves tfjs's backend as it is. */
export async function describeEngines(): Promise<EngineDescription[]> {
  const descriptions: EngineDescription[] = [];
  for (const engine of ENGINES) {
    const { device: _, ...description } = await describeDevice(engine, 'cpu');
    const others = Object.keys(engine.uses).filter((device) => device !== 'cpu') as Device[];
    const devices: DeviceDescription[] = [];
    if (description.available && others.length > 0) {
      devices.push({ device: 'cpu', ...description });
      for (const device of others) devices.push(await describeDevice(engine, device));
    }
    descriptions.push({ name: engine.name, ...description, ...(devices.length > 0 && { devices }) });
  }
  return descriptions;
}

async function describeDevice(engine: Engine, device: Device): Promise<DeviceDescription> {
  try {
    await engine.load(device);
    return { device, available: true, reason: engine.uses[device]! };
  } catch (error) {
    return { device, available: false, reason: unavailableReason(engine, error) };
  }
}
