import { checkKeys, checkProbability } from './check-options.ts';

/** Which part of the recipe a view takes its settings from. */
export type ViewRole = 'first' | 'second' | 'locals';

/** One probability for all views, or one a role; a role that is left out keeps the preset's. */
export type PerView = number | { first?: number; second?: number; locals?: number };

/** A probability for each role. */
export type RoleProbabilities = Readonly<Record<ViewRole, number>>;

/** Lays an option over the preset's probabilities; `option` is its path, for messages. */
export function perView(
  owner: string,
  option: string,
  given: PerView | undefined,
  preset: RoleProbabilities,
): RoleProbabilities {
  if (given === undefined) return preset;
  if (typeof given === 'number') {
    checkProbability(option, given);
    return { first: given, second: given, locals: given };
  }
  const roles: ViewRole[] = ['first', 'second', 'locals'];
  checkKeys(owner, option, given, roles);
  const merged = { ...preset };
  for (const role of roles) {
    const value = given[role];
    if (value === undefined) continue;
    checkProbability(`${option}.${role}`, value);
    merged[role] = value;
  }
  return merged;
}
