/**
 * Why calls are not answered whose worker is lost.
 *
 * @module
 */

import type { ThreadId } from "../../sync/thread/thread.ts";
import { WorkerLostError } from "../errors.ts";
import { CALL, TASK } from "../mailbox/frame_kind.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Directory } from "./directory.ts";
import type { PendingCall } from "./pending_calls.ts";

/** A worker that is lost, and why. */
export interface Loss {
  /** Its index. */
  readonly worker: number;
  /** Its thread. */
  readonly thread: ThreadId;
  /** What became of it. */
  readonly reason: string;
  /** What that is due to. */
  readonly cause?: unknown;
}

/** The kinds of frames that start something, which is then answered. */
const STARTS: ReadonlySet<number> = new Set([CALL, TASK]);

/** The numbers of the calls and tasks that a thread, which is gone, never took. */
export function untakenBy(peer: Peer): ReadonlySet<number> {
  const untaken = new Set<number>();
  for (const { kind, word } of peer.untaken()) {
    if (STARTS.has(kind)) untaken.add(word);
  }
  return untaken;
}

/** Why a call is not answered that a lost worker had. */
export function lostWith(
  { worker, reason, cause }: Omit<Loss, "thread">,
  { label }: PendingCall,
  started: boolean,
): WorkerLostError {
  return new WorkerLostError(worker, reason, {
    started,
    ...(cause === undefined ? {} : { cause }),
    ...(label === undefined ? {} : { label }),
  });
}

/** Why a call is not made whose worker gets no thread any more. */
export function lostForGood(
  directory: Directory,
  worker: number,
): WorkerLostError {
  return new WorkerLostError(
    worker,
    "no worker could be started in its place",
    { started: false, cause: directory.failureOf(worker) },
  );
}
