/**
 * What mutexes and read-write locks have in common, for their tests.
 *
 * @module
 */

import { assertStrictEquals } from "@std/assert";
import type { WaitAsyncOptions } from "../../sync/thread/wait.ts";

/** For a test that hangs if it fails. */
export const TIMEOUT = { timeout: 120_000 };

/** Much longer than a loss takes to be noticed, much shorter than TIMEOUT. */
export const SOON = 5000;

/** What an async call rejects with. */
export async function rejection(
  action: () => Promise<unknown>,
): Promise<unknown> {
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
