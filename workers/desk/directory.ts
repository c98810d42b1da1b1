/**
 * Who the workers of a runtime are, as one of its threads knows it.
 *
 * @module
 */

import type { ThreadId } from "../../sync/thread/thread.ts";

/** The workers, as a desk asks for them. */
export interface Directory {
  /** How many workers there are. */
  readonly size: number;
  /** How many there can be. */
  readonly most: number;
  /** The slot of a worker; -1 while it has no thread. */
  slotOf(worker: number): number;
  /** The slot to which new calls of a worker go; -1: they are kept for now. */
  openSlotOf(worker: number): number;
  /** The thread in the slot of a worker, as {@linkcode slotOf} has just told it. */
  threadOf(worker: number): ThreadId;
  /** Whether a worker has no thread and never gets one any more. */
  hasFailed(worker: number): boolean;
  /** Why it has failed, where that is known. */
  failureOf(worker: number): unknown;
  /** The worker that a thread is, or was; -1: none that is known. */
  workerOf(thread: ThreadId): number;
  /** The worker whose thread has a slot; -1: none. */
  workerIn(slot: number): number;
}
