/**
 * The mutex of Drepper, "Futexes Are Tricky" (2011), and what tests of the
 * explorer share. Word 0 is the lock: 0 free, 1 locked, 2 locked with sleepers.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { wordsOf } from "../../sync/memory/memory.ts";
import {
  explore,
  ModelError,
  type Program,
  type Violation,
} from "./explorer.ts";

/** A view on control words. */
export type Words = Int32Array<SharedArrayBuffer>;

/** A `setup` that makes fresh words. */
export function words(length: number): () => Words {
  return () => {
    const buffer = new SharedArrayBuffer(length * 4);
    return wordsOf({ buffer, byteOffset: 0 }, length);
  };
}

/** Asserts that a program is refused, and with a readable schedule. */
export async function refuses<S>(
  violation: Violation,
  program: Program<S>,
): Promise<ModelError> {
  const error = await assertRejects(() => explore(program), ModelError);
  assertEquals(error.violation, violation, error.message);
  assert(error.trace.length > 0, error.message);
  assert(error.trace.every((line) => /^T\d /.test(line)), error.message);
  return error;
}

/** Blocks until the lock is free. */
export function lock(w: Words): void {
  let seen = Atomics.compareExchange(w, 0, 0, 1);
  if (seen === 0) return;
  if (seen !== 2) seen = Atomics.exchange(w, 0, 2);
  while (seen !== 0) {
    Atomics.wait(w, 0, 2);
    seen = Atomics.exchange(w, 0, 2);
  }
}

/** The same without blocking, and it can be given up. */
export async function lockAsync(w: Words, signal?: AbortSignal): Promise<void> {
  let seen = Atomics.compareExchange(w, 0, 0, 1);
  if (seen === 0) return;
  if (seen !== 2) seen = Atomics.exchange(w, 0, 2);
  while (seen !== 0) {
    const wait = Atomics.waitAsync(w, 0, 2);
    if (wait.async) await abortable(wait.value, signal);
    seen = Atomics.exchange(w, 0, 2);
  }
}

/** Lets one sleeper have the lock. */
export function unlock(w: Words): void {
  if (Atomics.exchange(w, 0, 0) === 2) Atomics.notify(w, 0, 1);
}

/** Wakes all sleepers, so that none can swallow the wake-up of another. */
export function unlockAll(w: Words): void {
  if (Atomics.exchange(w, 0, 0) === 2) Atomics.notify(w, 0);
}

/** Counts in word 1 under the lock, with plain accesses. */
export function counts(leave: (w: Words) => void): (w: Words) => void {
  return (w) => {
    lock(w);
    w[1] = w[1]! + 1;
    leave(w);
  };
}

async function abortable(
  promise: Promise<unknown>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!signal) return void await promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
