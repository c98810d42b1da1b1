/**
 * Promises that a signal may reject.
 *
 * @module
 */

/** A promise and what settles it. */
export interface Abortable<T> {
  readonly promise: Promise<T>;
  resolve(value: T | PromiseLike<T>): void;
  reject(reason: unknown): void;
}

/**
 * A promise that a signal may reject before its value is there. The signal is
 * let go of when the promise is settled.
 *
 * @param signal Is not aborted yet.
 * @param abandoned Called when the signal has rejected it.
 */
export function abortable<T>(
  signal: AbortSignal,
  abandoned: () => void,
): Abortable<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  function abort(): void {
    reject(signal.reason);
    abandoned();
  }
  signal.addEventListener("abort", abort, { once: true });
  return {
    promise,
    resolve(value) {
      signal.removeEventListener("abort", abort);
      resolve(value);
    },
    reject(reason) {
      signal.removeEventListener("abort", abort);
      reject(reason);
    },
  };
}
