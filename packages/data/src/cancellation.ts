/**
 * A flag over shared memory by which the main thread tells jobs that their result is no longer wanted. Sent with
 * a job; a thread that runs one looks at it between images.
 */
export type CancelFlag = Int32Array;

/** A flag that is not set. */
export function cancelFlag(): CancelFlag {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Sets the flag, in every thread that holds it. */
export function cancel(flag: CancelFlag): void {
  Atomics.store(flag, 0, 1);
}

/** Whether the flag is set. */
export function isCancelled(flag: CancelFlag): boolean {
  return Atomics.load(flag, 0) !== 0;
}
