/**
 * Who counts the batches of this thread: the runtimes that it is in. The thread
 * that starts runtimes may be in several.
 *
 * @module
 */

import { perRealm } from "../../sync/thread/realm.ts";
import type { Recorder } from "./recorder.ts";

/** Counts batches. */
export type BatchRecorder = Pick<Recorder, "bounded">;

/** All of them: the same array, always. */
export function batchRecorders(): readonly BatchRecorder[] {
  return recorders();
}

/** From now on this one counts, too. */
export function addBatchRecorder(recorder: BatchRecorder): void {
  recorders().push(recorder);
}

/** This one counts no longer. */
export function removeBatchRecorder(recorder: BatchRecorder): void {
  const all = recorders();
  const place = all.indexOf(recorder);
  if (place !== -1) all.splice(place, 1);
}

function recorders(): BatchRecorder[] {
  return perRealm("batch recorders", () => []);
}
