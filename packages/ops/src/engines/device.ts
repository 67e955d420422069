import { closest } from 'fastest-levenshtein';
import { DeviceError } from '../errors/device-error.ts';

const DEVICES = ['cpu', 'webgpu', 'cuda'] as const;

/** Where an engine computes: the processor, a GPU by WebGPU, or an NVIDIA GPU by CUDA. */
export type Device = (typeof DEVICES)[number];

/** @throws DeviceError for a name that is no device's, with the nearest that is */
export function deviceOf(name: string): Device {
  const device = DEVICES.find((known) => known === name);
  if (device) return device;
  throw new DeviceError(name, DEVICES, `did you mean '${closest(name.toLowerCase(), DEVICES)}'?`);
}
