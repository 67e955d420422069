import { ENGINES } from './engine-table.ts';

export interface EngineDescription {
  name: string;
  available: boolean;
  /** What it is good for, or why it does not load and what to install. */
  reason: string;
}

/** Which engines load here and why the others do not. Loads their packages, and leaves tfjs's backend as it is. */
export async function describeEngines(): Promise<EngineDescription[]> {
  const descriptions: EngineDescription[] = [];
  for (const { name, use, load, remedy } of ENGINES) {
    try {
      await load();
      descriptions.push({ name, available: true, reason: use });
    } catch (error) {
      const message = (error instanceof Error ? error.message : String(error)).split('\n')[0];
      descriptions.push({ name, available: false, reason: `${message}; ${remedy}` });
    }
  }
  return descriptions;
}
