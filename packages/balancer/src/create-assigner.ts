import type { HostTensor } from '@excb/tensor';
import type { Assigner, BalancerOptions } from './assigner.ts';
import { createBalancer } from './create-balancer.ts';
import { type CenteringOptions, createCentering } from './create-centering.ts';
import { createMira, type MiraOptions } from './create-mira.ts';
import { createSinkhorn, type SinkhornOptions } from './create-sinkhorn.ts';
import { createUnbalanced } from './create-unbalanced.ts';
import { OptionError } from './option-error.ts';

/** The options of each assignment, by its name. */
export interface OptionsByAssigner<T> {
  balance: BalancerOptions<T>;
  none: BalancerOptions<T>;
  centering: CenteringOptions<T>;
  sinkhorn: SinkhornOptions<T>;
  mira: MiraOptions<T>;
}

/** An assignment that `createAssigner` knows. */
export type AssignerName = keyof OptionsByAssigner<unknown>;

const create = {
  balance: createBalancer,
  none: createUnbalanced,
  centering: createCentering,
  sinkhorn: createSinkhorn,
  mira: createMira,
} satisfies { [Name in AssignerName]: <T>(options: OptionsByAssigner<T>[Name]) => Assigner<T> };

// Marked as pure, so that a bundle of one assigner does not hold all.
/** Every name that `createAssigner` takes. */
export const assignerNames = /* @__PURE__ */ Object.keys(create) as AssignerName[];

/**
 * The assignment of that name. A bundle holds all of them then: where the choice is fixed, call `createBalancer` or its
 * like.
 *
 * @throws OptionError where there is no such name, or a value of `options` makes no sense
 */
export function createAssigner<Name extends AssignerName, T = HostTensor>(
  name: Name,
  options: OptionsByAssigner<T>[Name],
): Assigner<T> {
  if (!Object.hasOwn(create, name)) {
    throw new OptionError(`there is no assigner '${name}': choose ${assignerNames.join(', ')}`);
  }
  return (create[name] as (options: OptionsByAssigner<T>[Name]) => Assigner<T>)(options);
}
