/**
 * Doing something as another thread of this thread's registry, without one.
 *
 * @module
 */

import { becomeThread, currentThread } from "../../sync/thread/thread.ts";
import type { ThreadId } from "../../sync/mod.ts";

/** Claims a record in this thread's registry, to be disposed of. */
export function claimOther(): { readonly id: ThreadId } & Disposable {
  const { threads } = currentThread();
  const id = threads.claim();
  return {
    id,
    [Symbol.dispose](): void {
      threads.leave(id);
      threads.retire(id);
    },
  };
}

/** Runs a function as if it ran on the thread with this id. */
export function runAs<T>(id: ThreadId, action: () => T): T {
  const me = currentThread();
  becomeThread({ threads: me.threads, id });
  try {
    return action();
  } finally {
    becomeThread(me);
  }
}
