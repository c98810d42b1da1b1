/**
 * How a test learns that a worker which it has ended runs no more.
 *
 * @module
 */

interface Locks {
  request(name: string, whileHeld: () => unknown): Promise<unknown>;
}

// Deno has them, its types do not.
const { locks } = navigator as unknown as { locks: Locks };

/** In the worker: holds a lock of this name for as long as it lives. */
export async function holdForLife(name: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  locks.request(name, () => {
    resolve();
    return new Promise(() => {});
  });
  await promise;
}

/** In the test: waits until nobody holds the lock. */
export async function endOfLife(name: string): Promise<void> {
  await locks.request(name, () => {});
}
