/**
 * The locks that one thread has alone, mutexes and writing, by one interface.
 *
 * @module
 */

import {
  type LockAsyncOptions,
  type LockOptions,
  Mutex,
  RwLock,
  type SharedHandle,
} from "../../sync/mod.ts";

/** Ways into a lock. */
interface Doors {
  readonly doors: readonly (() => unknown)[];
  readonly asyncDoors: readonly (() => Promise<unknown>)[];
}

/** A lock, by what is done with it alone. */
export interface Exclusive {
  readonly handle: SharedHandle;
  /** Whether anybody has it, alone or not. */
  readonly isLocked: boolean;
  readonly isPoisoned: boolean;
  /** The other ways in: with others. */
  readonly shared?: Doors;
  clearPoison(): void;
  lock(options?: LockOptions): Disposable;
  tryLock(): Disposable | undefined;
  lockAsync(options?: LockAsyncOptions): Promise<Disposable>;
  unlock(): void;
  withLock<T>(action: () => T): T;
  withLockAsync<T>(action: () => T | Promise<T>): Promise<T>;
}

/** A read-write lock, for writing. */
class Writing implements Exclusive {
  readonly #lock: RwLock;

  constructor(handle?: SharedHandle) {
    this.#lock = handle === undefined
      ? new RwLock()
      : RwLock.from(handle as never);
  }

  get handle(): SharedHandle {
    return this.#lock.handle;
  }

  get isLocked(): boolean {
    return this.#lock.isWriteLocked || this.#lock.readers > 0;
  }

  get isPoisoned(): boolean {
    return this.#lock.isPoisoned;
  }

  get shared(): Doors {
    const lock = this.#lock;
    return {
      doors: [
        () => lock.read(),
        () => lock.tryRead(),
        () => lock.withRead(() => {}),
      ],
      asyncDoors: [
        () => lock.readAsync(),
        () => lock.withReadAsync(() => {}),
      ],
    };
  }

  clearPoison(): void {
    this.#lock.clearPoison();
  }

  lock(options?: LockOptions): Disposable {
    return this.#lock.write(options);
  }

  tryLock(): Disposable | undefined {
    return this.#lock.tryWrite();
  }

  lockAsync(options?: LockAsyncOptions): Promise<Disposable> {
    return this.#lock.writeAsync(options);
  }

  unlock(): void {
    this.#lock.unlockWrite();
  }

  withLock<T>(action: () => T): T {
    return this.#lock.withWrite(action);
  }

  withLockAsync<T>(action: () => T | Promise<T>): Promise<T> {
    return this.#lock.withWriteAsync(action);
  }
}

/** Make locks, or attach to them, by their names. */
export const LOCKS: Readonly<
  Record<string, (handle?: SharedHandle) => Exclusive>
> = {
  Mutex: (handle) =>
    handle === undefined ? new Mutex() : Mutex.from(handle as never),
  "RwLock for writing": (handle) => new Writing(handle),
};

/** All ways into a lock that do not wait by a promise. */
export function doorsOf(lock: Exclusive): (() => unknown)[] {
  return [
    () => lock.lock(),
    () => lock.tryLock(),
    () => lock.withLock(() => {}),
    ...(lock.shared?.doors ?? []),
  ];
}

/** The others. */
export function asyncDoorsOf(lock: Exclusive): (() => Promise<unknown>)[] {
  return [
    () => lock.lockAsync(),
    () => lock.withLockAsync(() => {}),
    ...(lock.shared?.asyncDoors ?? []),
  ];
}
