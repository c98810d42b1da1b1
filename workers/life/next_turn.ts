/**
 * The next turn of the event loop.
 *
 * @module
 */

import { allocate } from "../../sync/memory/arena.ts";
import { hold, release } from "../../sync/thread/keep_alive.ts";
import { wordsOf } from "../../sync/memory/memory.ts";

let nap: Int32Array | undefined;

/**
 * Resolves in the next turn of the event loop: all reactions to what happened in
 * this one have run by then.
 */
export async function nextTurn(): Promise<void> {
  if (typeof Atomics.waitAsync !== "function") {
    return await new Promise((resolve) => setTimeout(resolve));
  }
  // A wait that is over at once is the cheapest way through the event loop.
  nap ??= wordsOf(allocate(4), 1);
  const { async, value } = Atomics.waitAsync(nap, 0, 0);
  if (!async) return;
  Atomics.notify(nap, 0);
  hold();
  try {
    await value;
  } finally {
    release();
  }
}
