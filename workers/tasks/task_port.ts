/**
 * Where tasks go: to threads, or to turns of this one.
 *
 * @module
 */

import type { Deadline } from "../../sync/thread/timeout.ts";
import type { AnyFunction } from "../functions/portable.ts";
import type { ItemSink } from "../streams/inflow.ts";
import type { SpawnOptions } from "./spawn_options.ts";
import type { TaskCall } from "./task_call.ts";

/** What a task is, besides a function that is run once. */
export interface TaskForm {
  /** Where parts of its answer go, as they come. */
  readonly items?: ItemSink;
  /** Whether its arguments are items, for each of which the function runs. */
  readonly isBatch?: boolean;
  /** Whether whoever spawns it counts by itself: `maxQueued` does not hold. */
  readonly isBounded?: boolean;
  /** The name of the family of which it calls a method; else it is a task. */
  readonly family?: string;
}

/** Where tasks go. */
export interface TaskPort {
  /** How many workers there are. */
  readonly size: number;
  /** Whether several items can be sent together. */
  readonly takesBatches: boolean;
  /** Sends a task. What is wrong with it rejects it. */
  spawn(
    fn: AnyFunction,
    args: readonly unknown[],
    options: SpawnOptions,
    form?: TaskForm,
  ): TaskCall;
  /** Says whether somebody waits for the next item of a stream. */
  expect(call: TaskCall, isAwaited: boolean): void;
  /** Whether a task that is not settled was started. */
  isStarted(call: TaskCall): boolean;
  /** The worker that runs a task; -1 while that is not decided. */
  workerOf(call: TaskCall): number;
  /**
   * Tells whoever has a task that nobody waits for it any more.
   *
   * @param how How a generator ends. Default: it returns.
   */
  withdraw(call: TaskCall, reason: unknown, how?: "return" | "throw"): void;
  /**
   * Blocks this thread until a task is settled.
   *
   * @throws {DeadlockError} If that would never be.
   * @throws {DOMException} Named `TimeoutError`, if the time is up.
   */
  join(call: TaskCall, deadline: Deadline): void;
}
