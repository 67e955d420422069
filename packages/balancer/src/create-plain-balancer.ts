import { type HostTensor, plainAssign } from '@excb/tensor';
import type { BalancerOptions } from './assigner.ts';
import { type Balancer, makeBalancer } from './make-balancer.ts';

/**
 * Explicit cluster balancing: keeps a running relative size of every cluster, moves undersized clusters closer to
 * the rows and oversized ones away, and gives softmax targets. O(rows·K), no iteration, at any batch size.
 *
 * This one works on typed arrays in plain JavaScript, without the WebAssembly kernel: half the size in a bundle, and the
 * same labels. On another `backend` the two are the same.
 *
 * @throws OptionError where a value of `options` makes no sense
 */
export function createBalancer<T = HostTensor>(options: BalancerOptions<T>): Balancer<T> {
  return makeBalancer(options, plainAssign);
}
