const EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs `load` and takes away the process-wide error listeners it adds. tfjs-wasm's runtime adds some that throw
 * every uncaught error again from inside its minified code, which hides the program's own error.
 */
export async function quietLoad<T>(load: () => Promise<T>): Promise<T> {
  if (typeof process === 'undefined' || typeof process.listeners !== 'function') return load();
  const before = EVENTS.map((event) => new Set<unknown>(process.listeners(event as 'uncaughtException')));
  try {
    return await load();
  } finally {
    EVENTS.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[i].has(listener)) process.removeListener(event, listener);
      }
    });
  }
}
