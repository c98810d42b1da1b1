/**
 * What unlocks a reader-writer lock.
 *
 * @module
 */

import type { RwLock } from "./rw_lock.ts";

/**
 * Ends a read of a {@linkcode RwLock} when it is disposed of.
 *
 * A guard of the async door does that once. The blocking doors of one `RwLock`
 * object always return the same guard, so that a read allocates nothing: it
 * stands for one of the reads of the thread.
 *
 * @example Usage
 * ```ts
 * import { RwLock } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const lock = new RwLock();
 * {
 *   using _guard = await lock.readAsync();
 *   assertEquals(lock.readers, 1);
 * }
 * assertEquals(lock.readers, 0);
 * ```
 */
export class RwLockReadGuard implements Disposable {
  /** The lock that it unlocks. */
  readonly lock: RwLock;
  readonly #once: boolean;
  #done = false;

  /** For {@linkcode RwLock}. */
  constructor(lock: RwLock, once: boolean) {
    this.lock = lock;
    this.#once = once;
  }

  /**
   * Ends the read.
   *
   * @throws {TypeError} If this thread does not read.
   */
  [Symbol.dispose](): void {
    if (this.#done) return;
    this.#done = this.#once;
    this.lock.unlockRead();
  }
}

/**
 * Ends a write of a {@linkcode RwLock} when it is disposed of.
 *
 * A guard of the async door does that once. The blocking doors of one `RwLock`
 * object return the same guard, until that is used for a downgrade: it stands
 * for whatever write the thread holds.
 *
 * @example Usage
 * ```ts
 * import { RwLock } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const lock = new RwLock();
 * const shared = new Int32Array(new SharedArrayBuffer(8));
 * {
 *   using write = lock.write();
 *   shared.fill(1);
 *   using _read = write.downgrade(); //      no other writer comes in between
 *   assertEquals(lock.readers, 1);
 *   assertEquals([...shared], [1, 1]);
 * }
 * assertEquals(lock.readers, 0);
 * ```
 */
export class RwLockWriteGuard implements Disposable {
  /** The lock that it unlocks. */
  readonly lock: RwLock;
  readonly #once: boolean;
  #done = false;

  /** For {@linkcode RwLock}. */
  constructor(lock: RwLock, once: boolean) {
    this.lock = lock;
    this.#once = once;
  }

  /**
   * Goes on as a reader: lets other readers in, and no writer before. This guard
   * does nothing from then on.
   *
   * @returns What ends the read, once.
   * @throws {TypeError} If this thread does not hold the lock for writing, or the
   * guard is spent.
   */
  downgrade(): RwLockReadGuard {
    if (this.#done) {
      throw new TypeError(
        "Cannot downgrade lock as the guard is spent: it was disposed of or downgraded",
      );
    }
    this.lock.downgrade();
    this.#done = true;
    return new RwLockReadGuard(this.lock, true);
  }

  /**
   * Ends the write.
   *
   * @throws {TypeError} If this thread does not hold the lock for writing.
   */
  [Symbol.dispose](): void {
    if (this.#done) return;
    this.#done = this.#once;
    this.lock.unlockWrite();
  }
}
