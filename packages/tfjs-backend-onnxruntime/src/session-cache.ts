import type { Session } from './runtime/runtime.ts';

/** A compiled graph and what is known about it. */
export interface CompiledGraph {
  session: Session;
  /** Indices of the collected inputs that the compiled graph still needs. */
  inputs: readonly number[];
  nodes: number;
  compileMilliseconds: number;
  runs: number;
}

/** Compiled graphs by structure. Each holds native memory and threads, so that the least recently used one goes. */
export class SessionCache {
  private readonly entries = new Map<string, CompiledGraph>();

  constructor(public limit: number) {}

  get size(): number {
    return this.entries.size;
  }

  get(key: string): CompiledGraph | undefined {
    const entry = this.entries.get(key);
    if (entry) {
      this.entries.delete(key);
      this.entries.set(key, entry);
    }
    return entry;
  }

  set(key: string, entry: CompiledGraph): void {
    this.entries.set(key, entry);
    for (const [oldest, { session }] of this.entries) {
      if (this.entries.size <= this.limit) break;
      this.entries.delete(oldest);
      session.dispose();
    }
  }

  clear(): void {
    for (const { session } of this.entries.values()) session.dispose();
    this.entries.clear();
  }
}
