import { type HostTensor, simdAssign } from '@excb/tensor';
import type { BalancerOptions } from './assigner.ts';
import { type Balancer, makeBalancer } from './make-balancer.ts';

/**
 * Explicit cluster balancing: keeps a running relative size of every cluster, moves undersized clusters closer to
 * the rows and oversized ones away, and gives softmax targets. O(rows·K), no iteration, at any batch size.
 *
 * @throws OptionError where a value of `options` makes no sense
 */
export function createBalancer<T = HostTensor>(options: BalancerOptions<T>): Balancer<T> {
  return makeBalancer(options, simdAssign);
}
