import { type HostAssign, type HostTensor, hostBackend, type TensorBackend } from '@excb/tensor';
import type { AssignerOptions } from './assigner.ts';

type WithBackend<T> = Required<AssignerOptions<T>>;

/** The options, with all operations on typed arrays where no backend is given. */
export function withHostBackend<T>({ clusters, backend }: AssignerOptions<T>): WithBackend<T> {
  return { clusters, backend: backend ?? (hostBackend() as TensorBackend<unknown> as TensorBackend<T>) };
}

/**
 * The same for an assigner that on typed arrays does nothing but `fused.assign`: the other operations are left out, and so
 * they are in a bundle.
 */
export function withFusedBackend<T>(
  { clusters, backend }: AssignerOptions<T>,
  assign: () => HostAssign,
): WithBackend<T> {
  if (backend) return { clusters, backend };
  const fused: Partial<TensorBackend<HostTensor>> = {
    name: 'host',
    shape: (t) => t.shape.slice(),
    dispose: () => {},
    scope: (body) => body(),
    keep: (t) => t,
    fused: { assign: assign() },
  };
  return { clusters, backend: fused as TensorBackend<unknown> as TensorBackend<T> };
}
