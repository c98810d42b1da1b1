/**
 * What mutexes and read-write locks have in common, for their tests.
 *
 * @module
 */

import {
  assert,
  assertFalse,
  assertLess,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { LockPoisonedError } from "../../sync/lock/lock_errors.ts";
import type { ThreadId } from "../../sync/mod.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { WaitAsyncOptions } from "../../sync/thread/wait.ts";

/** For a test that hangs if it fails. */
export const TIMEOUT = { timeout: 20_000 };

/** Much longer than a loss takes to be noticed, much shorter than TIMEOUT. */
export const SOON = 5000;

/** Runs a function where the engine forbids to block. */
export function withoutBlocking<T>(action: () => T): T {
  const { wait } = Atomics;
  Atomics.wait = () => {
    throw new TypeError("Atomics.wait cannot be called in this context");
  };
  try {
    return action();
  } finally {
    Atomics.wait = wait;
  }
}

/** What an async call rejects with. */
async function rejection(action: () => Promise<unknown>): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error("it did not reject");
}

type AsyncDoor = (options: WaitAsyncOptions) => Promise<unknown>;

/** Asserts that a door is closed to who is aborted before, and says why. */
export async function refusesAborted(door: AsyncDoor): Promise<void> {
  const reason = { because: "test" };
  const signal = AbortSignal.abort(reason);
  assertStrictEquals(await rejection(() => door({ signal })), reason);
}

/** Asserts that a wait ends when it is aborted, and says why. */
export async function endsByAbort(door: AsyncDoor): Promise<void> {
  const reason = { because: "test" };
  const controller = new AbortController();
  const { signal } = controller;
  const wait = rejection(() => door({ signal }));
  controller.abort(reason);
  assertStrictEquals(await wait, reason);
}

/** A lock, by all that is to be refused if it is poisoned. */
interface Poisonable {
  readonly isPoisoned: boolean;
  /** Calls a function under the lock. */
  under(action: () => never): unknown;
  /** The same, by the async door. */
  underAsync(action: () => never): Promise<unknown>;
  readonly doors: readonly (() => unknown)[];
  readonly asyncDoors: readonly (() => Promise<unknown>)[];
  /** Asserts that nobody has it. */
  isFree(): void;
  /** Clears the poison, and takes the lock after that. */
  repair(): void;
}

/**
 * Asserts that a lock is poisoned by a function that throws under it, and refuses
 * all until that is cleared.
 */
export async function isPoisonedByThrowing(lock: Poisonable): Promise<void> {
  const reason = new Error("test");
  const fails = (): never => {
    throw reason;
  };
  for (const asynchronous of [false, true]) {
    if (asynchronous) {
      const error = await rejection(() => lock.underAsync(fails));
      assertStrictEquals(error, reason);
    } else assertStrictEquals(assertThrows(() => lock.under(fails)), reason);
    assert(lock.isPoisoned);
    for (let time = 0; time < 2; time++) {
      for (const door of lock.doors) assertThrows(door, LockPoisonedError);
      for (const door of lock.asyncDoors) {
        await assertRejects(door, LockPoisonedError);
      }
      lock.isFree();
    }
    lock.repair();
    assertFalse(lock.isPoisoned);
  }
}

/**
 * Asserts that the lock of a thread is recovered when that is lost, by who comes
 * and by those that wait already; and that they are told that it is poisoned.
 */
export async function isRecoveredFrom(
  id: ThreadId,
  door: () => unknown,
  ...waiting: (() => Promise<unknown>)[]
): Promise<void> {
  const waits = waiting.map((wait) => assertRejects(wait, LockPoisonedError));
  currentThread().threads.markLost(id);
  const start = performance.now();
  await assertRejects(async () => await door(), LockPoisonedError);
  await Promise.all(waits);
  assertLess(performance.now() - start, SOON);
}
