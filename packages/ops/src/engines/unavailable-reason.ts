import type { Engine } from './engine-table.ts';

/** Why an engine does not load, and what to do. */
export function unavailableReason({ remedy }: Engine, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error ?? '');
  return [message.split('\n')[0], remedy].filter(Boolean).join('; ');
}
