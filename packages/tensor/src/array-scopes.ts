/** What has to be known of an array to free it. `refCount` is 0 once it has been used up or disposed. */
interface Counted {
  readonly refCount: number;
  dispose(): void;
}

/** Scopes for a library that has none: which arrays were made since a scope was entered, and are still there. */
export interface ArrayScopes<T extends Counted> {
  /** Takes note of an array that an operation has made. */
  made(t: T): T;
  keep(t: T): T;
  dispose(t: T): void;
  scope<R>(body: () => R): R;
}

export function createArrayScopes<T extends Counted>(
  isArray: (value: unknown) => value is T,
): ArrayScopes<T> {
  const open: Set<T>[] = [];

  function arraysIn(value: unknown, found = new Set<T>()): Set<T> {
    if (isArray(value)) found.add(value);
    else if (typeof value === 'object' && value !== null) {
      for (const item of Object.values(value)) arraysIn(item, found);
    }
    return found;
  }

  function forget(t: T): void {
    for (const arrays of open) arrays.delete(t);
  }

  return {
    made(t) {
      open.at(-1)?.add(t);
      return t;
    },
    keep(t) {
      forget(t);
      return t;
    },
    dispose(t) {
      forget(t);
      if (t.refCount > 0) t.dispose();
    },
    scope(body) {
      const arrays = new Set<T>();
      open.push(arrays);
      let survivors = new Set<T>();
      try {
        const result = body();
        survivors = arraysIn(result);
        return result;
      } finally {
        open.pop();
        for (const t of arrays) {
          if (survivors.has(t)) open.at(-1)?.add(t);
          else if (t.refCount > 0) t.dispose();
        }
      }
    },
  };
}
