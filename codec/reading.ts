/**
 * Code of the program that runs while a frame is read: what makes values where they
 * arrive.
 *
 * A frame lies in memory that its sender fills anew as soon as the next one is read. So
 * whoever would read its mail while it waits must not do so here.
 *
 * @module
 */

let depth = 0;

/** Runs code of the program in the midst of a frame. */
export function whileReading<R>(run: () => R): R {
  depth++;
  try {
    return run();
  } finally {
    depth--;
  }
}

/**
 * Checks that no frame is being read.
 *
 * @param action What is about to be done: `"join"`.
 * @param label To what: `"task 'sum'"`.
 * @throws {Error} If one is.
 */
export function checkNotReading(action: string, label: string): void {
  if (depth === 0) return;
  throw new Error(
    `Cannot ${action} ${label} while a value arrives: what makes the value, or hears that it has moved, must not wait for other threads`,
  );
}
