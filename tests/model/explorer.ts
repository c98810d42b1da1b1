/**
 * A model checker: runs a small program of two or three threads in every
 * order of its atomic operations, with the library's own code unchanged.
 *
 * @module
 */

import { replaceViews } from "../../sync/memory.ts";
import { spinLimit } from "../../sync/spin.ts";
import type { ModelCall } from "./explorer/history.ts";
import { Machine } from "./explorer/machine.ts";
import type { ModelThread } from "./explorer/run.ts";
import { type Exploration, Search } from "./explorer/search.ts";
import { macrotask, standIn } from "./explorer/stand_in.ts";
import { ModelViews } from "./explorer/views.ts";

export type { ModelCall } from "./explorer/history.ts";
export { ModelError, type Violation } from "./explorer/model_error.ts";
export type { ModelThread } from "./explorer/run.ts";
export type { Exploration } from "./explorer/search.ts";

/** A program to explore. */
export interface Program<S> {
  /** Makes the shared state, once, before any thread runs. */
  readonly setup: () => S;
  /** What the threads do. */
  readonly threads: readonly ((
    shared: S,
    thread: ModelThread,
  ) => unknown)[];
  /** Looks at the end of each schedule, and throws if it is wrong. */
  readonly check?: (
    shared: S,
    results: readonly unknown[],
    history: readonly ModelCall[],
  ) => void;
  /**
   * How often a thread may be interrupted though it could go on; infinite for
   * two threads, 2 for more.
   */
  readonly preemptions?: number;
  /** Gives up, with `complete: false`, after so many; a million. */
  readonly maxSchedules?: number;
  /** A schedule with more steps is a livelock; 1000. */
  readonly maxSteps?: number;
  /** How many waits and timers may time out in a schedule; 1. */
  readonly timeouts?: number;
  /**
   * Whether a timeout may be all that still goes on: for programs in which
   * nothing else ends a wait. True, or the threads for which it holds. False
   * unless given, and then a wait that only a timeout would end is a lost
   * wake-up.
   */
  readonly expireTimeouts?: boolean | readonly number[];
  /** Called before a thread is run (again): sets what is global to a thread. */
  readonly enter?: (thread: number) => void;
  /** Microtasks without an access after which an event loop is idle; 32. */
  readonly ticks?: number;
  /** Leaves out equivalent schedules; only without a preemption bound. */
  readonly reduce?: boolean;
}

let exploring = false;

/**
 * Runs all schedules of a program within its bounds.
 *
 * @throws {ModelError} with the first schedule that breaks a rule.
 */
export async function explore<S>(program: Program<S>): Promise<Exploration> {
  if (exploring) {
    throw new TypeError("Cannot explore as another exploration is going on");
  }
  const { threads, setup, check, expireTimeouts = false } = program;
  const { preemptions = threads.length > 2 ? 2 : Infinity } = program;
  let shared!: S;
  const machine = new Machine({
    bodies: threads.map((body) => (run) => body(shared, run)),
    enter: program.enter,
    ticks: program.ticks ?? 32,
  });
  const { rounds } = spinLimit;
  exploring = true;
  const restore = standIn(machine);
  replaceViews(new ModelViews(machine.memory, machine.accesses));
  spinLimit.rounds = 0;
  try {
    shared = setup();
    return await new Search(machine, {
      preemptions,
      maxSchedules: program.maxSchedules ?? 1e6,
      maxSteps: program.maxSteps ?? 1000,
      timeouts: program.timeouts ?? 1,
      expires: (thread) =>
        typeof expireTimeouts === "boolean"
          ? expireTimeouts
          : expireTimeouts.includes(thread),
      reduce: preemptions === Infinity && (program.reduce ?? true),
      check: (results, history) => check?.(shared, results, history),
    }).run();
  } finally {
    // Rejections of paused runs are reported, and dropped, only now.
    await macrotask();
    spinLimit.rounds = rounds;
    replaceViews(undefined);
    restore();
    exploring = false;
  }
}
