import { type HostTensor, simdAssign } from '@excb/tensor';
import { type Assigner, type BalancerOptions, TEACHER_TEMPERATURE } from './assigner.ts';
import { assignRows } from './balance-similarities.ts';
import { checkBalancerOptions } from './check-options.ts';
import { createStateless } from './create-stateless.ts';
import { withFusedBackend } from './default-backend.ts';

/**
 * No balancing: targets = softmax(similarities / temperature). It collapses, which shows what balancing is for.
 * Takes the options of `createBalancer` and has no use for `momentum`, `allReduce` and `random`.
 *
 * @throws OptionError where a value of `options` makes no sense
 */
export function createUnbalanced<T = HostTensor>(options: BalancerOptions<T>): Assigner<T> {
  checkBalancerOptions(options);
  const { teacherTemperature = TEACHER_TEMPERATURE } = options;
  return createStateless('none', withFusedBackend(options, simdAssign), (backend, similarities, { into }) =>
    assignRows(backend, similarities, undefined, teacherTemperature, into),
  );
}
