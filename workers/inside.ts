/**
 * Whether this thread is a worker of a runtime.
 *
 * @module
 */

import { realm } from "../sync/realm.ts";

/** Notes that this thread is a worker of a runtime. */
export function enterWorker(index: number): void {
  realm().state.set("worker", index);
}

/** The index of this worker in its runtime; undefined in any other thread. */
export function workerIndex(): number | undefined {
  return realm().state.get("worker") as number | undefined;
}
