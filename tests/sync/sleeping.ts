/**
 * What threads do in place of sleeping, for tests that do not sleep.
 *
 * @module
 */

/** Stands in for `Atomics.wait`. */
export type Sleep = (
  words: Int32Array,
  index: number,
  value: number,
  timeout: number,
) => ReturnType<typeof Atomics.wait>;

/** Runs a function in which threads sleep in another way. */
export function sleepingBy<T>(sleep: Sleep, action: () => T): T {
  const { wait } = Atomics;
  Atomics.wait = sleep as typeof Atomics.wait;
  try {
    return action();
  } finally {
    Atomics.wait = wait;
  }
}

/** Runs a function where the engine forbids to block. */
export function withoutBlocking<T>(action: () => T): T {
  return sleepingBy(() => {
    throw new TypeError("Atomics.wait cannot be called in this context");
  }, action);
}
