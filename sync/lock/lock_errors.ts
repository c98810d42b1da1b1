/**
 * The errors of locks.
 *
 * @module
 */

/**
 * What a lock protects may be half changed: the thread that held it was lost, or
 * threw in its critical section. Who gets this error does not hold the lock.
 *
 * What to do: take the lock with `evenIfPoisoned`, repair the data, and call
 * `clearPoison()` before unlocking.
 *
 * @example Usage
 * ```ts
 * import { LockPoisonedError, Mutex } from "@kindred/kindred/sync";
 * import { assert, assertThrows } from "@std/assert";
 *
 * const mutex = new Mutex();
 * assertThrows(() => mutex.withLock(() => JSON.parse("{")), SyntaxError);
 * assert(mutex.isPoisoned);
 * assertThrows(() => mutex.lock(), LockPoisonedError);
 * {
 *   using _guard = mutex.lock({ evenIfPoisoned: true });
 *   mutex.clearPoison(); //                          after the repair
 * }
 * mutex.lock();
 * mutex.unlock();
 * ```
 */
export class LockPoisonedError extends Error {
  /** The name of the class. */
  override readonly name = "LockPoisonedError";
}

/**
 * The wait could never end: only the thread that would wait could end it.
 *
 * @example Usage
 * ```ts
 * import { DeadlockError, Mutex } from "@kindred/kindred/sync";
 * import { assertThrows } from "@std/assert";
 *
 * const mutex = new Mutex();
 * using _guard = mutex.lock();
 * assertThrows(() => mutex.lock(), DeadlockError);
 * ```
 */
export class DeadlockError extends Error {
  /** The name of the class. */
  override readonly name = "DeadlockError";
}
