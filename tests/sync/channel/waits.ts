/**
 * How waits that nobody ends give up.
 *
 * @module
 */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";

/** Waits that block the thread. */
export type Blocking = readonly ((options: { timeout: number }) => unknown)[];
/** Waits that do not. */
export type Async = readonly ((
  options: { timeout?: number; signal?: AbortSignal },
) => Promise<unknown>)[];

/** Asserts that waits give up in time, and that they refuse times that are none. */
export async function assertTimes(
  blocking: Blocking,
  waiting: Async,
): Promise<void> {
  for (const timeout of [0, 2]) {
    for (const wait of blocking) {
      const error = assertThrows(() => wait({ timeout }), DOMException);
      assertEquals(error.name, "TimeoutError");
    }
    for (const wait of waiting) {
      const error = await assertRejects(() => wait({ timeout }), DOMException);
      assertEquals(error.name, "TimeoutError");
    }
  }
  for (const timeout of [-1, NaN, "5" as never]) {
    for (const wait of blocking) {
      assertThrows(() => wait({ timeout }), RangeError);
    }
    for (const wait of waiting) {
      await assertRejects(() => wait({ timeout }), RangeError);
    }
  }
}

/**
 * Starts waits with a signal.
 *
 * @returns Aborts it, and asserts that all of them throw its reason.
 */
export function startAbortable(waiting: Async): () => Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const waits = waiting.map((wait) => wait({ signal }));
  return async () => {
    const reason = new Error("enough");
    controller.abort(reason);
    for (const wait of waits) {
      assertEquals(await wait.catch((error) => error), reason);
    }
  };
}
