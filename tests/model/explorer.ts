/**
 * A model checker: runs a small program of two or three threads in every
 * order of its atomic operations, with the library's own code unchanged.
 *
 * **How.** While a program is explored, `globalThis.Atomics` is a stand-in, and
 * `sync/memory/memory.ts` makes proxies for views. A thread that is about to do an
 * atomic operation throws, and so gives control back. The explorer picks a
 * thread, does its operation on the real memory, appends the result to the log
 * of that thread, and runs it again from its start: operations that are in the
 * log return what it says, the first one that is not throws again. The code of
 * a thread is run once for each of its steps.
 *
 * All states between two steps are data (logs, sleepers, vector clocks, and an
 * undo log of the memory), so the explorer goes back to a choice and takes the
 * next one without running anything: only the new end of a schedule costs time.
 * The search is depth-first, as in CHESS (Musuvathi and Qadeer, "Iterative
 * Context Bounding for Systematic Testing of Multithreaded Programs", 2007),
 * with its bound on preemptions. Without a bound it leaves out schedules that
 * differ from one it has seen in the order of independent steps only, by sleep
 * sets (Godefroid, "Partial-Order Methods for the Verification of Concurrent
 * Systems", 1996; what Flanagan and Godefroid's DPOR of 2005 builds on): each
 * end state, each deadlock and each failing assertion is still reached. Bounds
 * and sleep sets do not go together, so a bounded search takes all orders. The
 * same trick of replay is known from Rust's `loom`.
 *
 * **Plain accesses** happen at once, together with the step before them. That
 * is enough: in a program without data races each execution is equivalent to
 * one in which they do, and a race shows in one of those, since vector clocks
 * find it whatever lies between its two accesses (see `explorer/races.ts`).
 *
 * **Waiting.** Sleepers on a word are woken first in first out, blocking and
 * async ones in one line; a pending `waitAsync` cannot be withdrawn and swallows
 * a wake-up. A finite wait may time out at any moment, a bounded number of times
 * (`timeouts`). That never counts as progress unless the test says so: library
 * code waits in slices, and a lost wake-up must not hide behind the end of one.
 *
 * **Async threads.** A thread is an event loop. It is told of a settled
 * `waitAsync`, an aborted signal or a timer only while it is idle, that is when a
 * number of microtasks (`ticks`) have gone by without an access. What it is told
 * stands in its log, so that it is told again at the same place in the next run.
 * Its signals, promises and timers are new in each run. Continuations of an
 * earlier run are recognised by their async context, and stopped.
 *
 * **Not covered**: anything weaker than sequential consistency (there is nothing
 * weaker in JavaScript without a data race), spurious wake-ups, the death of a
 * thread. What modelled code must keep to is in README.md.
 *
 * @module
 */

import { replaceViews } from "../../sync/memory/memory.ts";
import { spinLimit } from "../../sync/thread/spin.ts";
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
