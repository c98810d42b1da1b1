/**
 * Whether this thread is a worker of a runtime.
 *
 * @module
 */

import { realm } from "../../sync/thread/realm.ts";
import type { RuntimeFace } from "./runtime_face.ts";

/** Notes that this thread is a worker of a runtime. */
export function enterWorker(index: number): void {
  realm().state.set("worker", index);
}

/** The index of this worker in its runtime; undefined in any other thread. */
export function workerIndex(): number | undefined {
  return realm().state.get("worker") as number | undefined;
}

/**
 * Notes which runtime this thread is in.
 *
 * @returns The former one, to be put back.
 */
export function enterRuntime(
  face: RuntimeFace | undefined,
): RuntimeFace | undefined {
  const former = currentRuntime();
  realm().state.set("runtime", face);
  return former;
}

/** The runtime that this thread is in, or runs a task of at this moment. */
export function currentRuntime(): RuntimeFace | undefined {
  return realm().state.get("runtime") as RuntimeFace | undefined;
}
