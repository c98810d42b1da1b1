/**
 * Options of the doors of locks.
 *
 * @module
 */

/** Options of {@linkcode Mutex.tryLock} and the like. */
export interface TryLockOptions {
  /**
   * Whether to take a poisoned lock, to repair what it protects, instead of
   * throwing a {@linkcode LockPoisonedError}. Default: false.
   */
  readonly evenIfPoisoned?: boolean;
}

/** Options of {@linkcode Mutex.lock} and the like. */
export interface LockOptions extends TryLockOptions {
  /** How long to wait at most, in ms. Default: for ever. */
  readonly timeout?: number;
}

/** Options of {@linkcode Mutex.lockAsync} and the like. */
export interface LockAsyncOptions extends LockOptions {
  /** Gives up the wait; its reason is thrown. */
  readonly signal?: AbortSignal;
}
