/**
 * Waiting for what another thread does.
 *
 * @module
 */

/** Resolves when something has become true; looks at each turn of the event loop. */
export async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((next) => setTimeout(next, 0));
}
