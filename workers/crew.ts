/**
 * The workers of a runtime, real or not: what the runtime and its families ask
 * of them.
 *
 * @module
 */

import type { Caller } from "../linked/caller.ts";
import type { LocalFamily } from "../linked/local_family.ts";

/** What a family needs once it is linked to a crew. */
export interface LinkedParts {
  /** The methods of the instances; their places are their numbers. */
  readonly methods: readonly string[];
  /** Carries calls to the instances. */
  readonly caller: Caller;
}

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
}

/** The workers of a runtime. */
export interface Crew {
  /** How many there are. */
  readonly size: number;
  /** Makes an instance of a family on each worker. */
  link(family: LocalFamily<object>): Promise<LinkedParts>;
  /** What each worker does. */
  report(): WorkerReport[];
  /**
   * Takes no more calls, waits for those under way, and ends the workers.
   *
   * @param timeout How long to wait for calls, in ms.
   */
  close(timeout: number): Promise<void>;
}
