/**
 * The workers of a runtime, real or not: what the runtime and its families ask
 * of them.
 *
 * @module
 */

import type { Family } from "../../linked/family.ts";
import type { LocalFamily } from "../../linked/local_family.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import type { Home } from "../local/home.ts";
import type { Patience } from "../life/patience.ts";
import type { Stats } from "../stats/stats.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import type { TaskPort } from "../tasks/task_port.ts";

/** What a worker does at the moment. */
export type WorkerState = "running" | "replacing" | "failed" | "closed";

/** One worker, in a report. */
export interface WorkerReport {
  /** Its index in the runtime. */
  readonly index: number;
  /** What it does at the moment. */
  readonly state: WorkerState;
  /** The processor that it belongs on; undefined: any. */
  readonly processor: number | undefined;
  /** On which processors it may run, as the operating system says. */
  readonly affinity: readonly number[] | undefined;
  /** Whether that is its own processor only. */
  readonly pinned: boolean;
  /** The operating system's id of its thread, where known. */
  readonly threadId: number | undefined;
  /** How often it was replaced. */
  readonly replaced: number;
  /** Why, the last time. */
  readonly lastLoss: string | undefined;
  /** Why there is no worker any more, if its post has failed. */
  readonly failure: string | undefined;
  /** Why it is not pinned although it should be. */
  readonly pinningFailure: string | undefined;
  /**
   * Why its mailbox, and what it allocates in shared memory, is not bound to
   * the NUMA node of its processor. Only asked for where there are several
   * nodes, of workers that are pinned.
   */
  readonly placementFailure: string | undefined;
}

/** The workers of a runtime. */
export interface Crew {
  /** How many there are. */
  readonly size: number;
  /** Takes tasks. */
  readonly tasks: TaskPort;
  /** Makes an instance of a family on each worker. */
  link(family: LocalFamily<object>): Promise<Family<object>>;
  /** Tells those that run on this thread which runtime they are in. */
  enter?(face: RuntimeFace): void;
  /** Adds workers, or lets some finish and end. What disposers threw then. */
  resize(size: number): Promise<DisposeFailure[]>;
  /**
   * Replaces a worker by a new one, once it has nothing to do. Resolves when that is there.
   *
   * @param timeout What is under way has so long, in ms.
   */
  recycle(worker: number, timeout: number): Promise<void>;
  /** What each worker does. */
  report(): WorkerReport[];
  /** What all of them did so far. */
  stats(): Stats;
  /**
   * Takes no more calls, waits for those under way, and ends the workers.
   *
   * @param patience How long that may take.
   * @returns What disposers on the workers threw.
   */
  close(patience: Patience): Promise<DisposeFailure[]>;
  /** What its workers own that run on this thread: disposed when all crews are closed. */
  readonly homes?: readonly Home[];
}
