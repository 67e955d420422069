/** A signal that the first Ctrl-C aborts. */
export interface Interrupt {
  signal: AbortSignal;
  /** Stops listening. */
  release(): void;
}

/** The first SIGINT or SIGTERM asks for a clean end; a second one ends the process as usual. */
export function abortOnInterrupt(): Interrupt {
  const controller = new AbortController();
  const ask = () => {
    release();
    console.error('\nending after this step; once more to end at once');
    controller.abort();
  };
  const release = () => {
    process.off('SIGINT', ask);
    process.off('SIGTERM', ask);
  };
  process.on('SIGINT', ask);
  process.on('SIGTERM', ask);
  return { signal: controller.signal, release };
}
