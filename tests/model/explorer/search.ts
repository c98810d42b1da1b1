/**
 * Depth-first search through all schedules of a machine.
 *
 * @module
 */

import { historyOf, type ModelCall } from "./history.ts";
import type { Machine, Snapshot } from "./machine.ts";
import { Failure, ModelError } from "./model_error.ts";
import { macrotask } from "./stand_in.ts";
import {
  type Actor,
  type Effect,
  enabled,
  type StepOptions,
  take,
} from "./steps.ts";

/** How to search. */
export interface SearchOptions extends StepOptions {
  readonly preemptions: number;
  readonly maxSchedules: number;
  /** Leaves out schedules that only reorder independent steps. */
  readonly reduce: boolean;
  readonly check: (
    results: readonly unknown[],
    history: readonly ModelCall[],
  ) => void;
}

/** What a search has seen. */
export interface Exploration {
  /** Schedules that were run to their end. */
  readonly schedules: number;
  /** Steps of all of them, those that they have in common counted once. */
  readonly steps: number;
  /** No schedule within the bounds was left out. */
  readonly complete: boolean;
}

/** A state in which several things can happen. */
interface Frame {
  readonly choices: readonly Actor[];
  next: number;
  /** Undefined if there is no second choice. */
  readonly snapshot: Snapshot | undefined;
  /** Things that need not happen next, since that was tried earlier. */
  readonly sleep: Effect[];
  readonly depth: number;
  readonly last: number;
  readonly preemptions: number;
  /** The last thread could go on, so that another one preempts it. */
  readonly going: boolean;
}

/** How many schedules between two turns of the engine's event loop. */
const TURN = 2000;

/**
 * And how many steps of async threads. Each leaves some rejected promises behind, of which
 * the engine tells in its next turn: of too many at once, and it overflows its stack.
 */
const ASYNC_TURN = 1000;

/** Searches all schedules; throws a {@linkcode ModelError}. */
export class Search {
  readonly #machine: Machine;
  readonly #options: SearchOptions;
  readonly #stack: Frame[] = [];
  /** What has happened on the way to the present state. */
  readonly #path: Actor[] = [];
  readonly #mark: number;
  #schedules = 0;
  #steps = 0;
  /** Steps of async threads since the last turn of the event loop. */
  #asyncSteps = 0;

  constructor(machine: Machine, options: SearchOptions) {
    this.#machine = machine;
    this.#options = options;
    this.#mark = machine.journal.mark;
  }

  async run(): Promise<Exploration> {
    try {
      const seen = await this.#search();
      await macrotask();
      if (this.#machine.stray) throw this.#machine.stray;
      return seen;
    } catch (error) {
      if (error instanceof Failure) throw await this.#explain(error);
      throw error;
    }
  }

  async #search(): Promise<Exploration> {
    const { maxSchedules, reduce } = this.#options;
    const machine = this.#machine;
    await this.#start();
    this.#open(-1, 0, []);
    for (;;) {
      const frame = this.#deepest();
      const complete = frame === undefined;
      if (complete || this.#schedules >= maxSchedules) {
        return { schedules: this.#schedules, steps: this.#steps, complete };
      }
      if (frame.next > 0) machine.restore(frame.snapshot!);
      const actor = frame.choices[frame.next++]!;
      this.#path.length = frame.depth;
      this.#path.push(actor);
      this.#steps++;
      const { effect, then } = take(machine, actor);
      if (then) {
        this.#asyncSteps++;
        await then;
      }
      const sleep = reduce
        ? frame.sleep.filter((other) => independent(effect, other))
        : [];
      if (reduce) frame.sleep.push(effect);
      const runs = isRun(actor);
      const switches = runs && frame.going && actor.thread !== frame.last;
      this.#open(
        runs ? actor.thread : frame.last,
        frame.preemptions + Number(switches),
        sleep,
      );
      if (
        this.#schedules % TURN === TURN - 1 || this.#asyncSteps >= ASYNC_TURN
      ) {
        this.#asyncSteps = 0;
        await macrotask();
      }
    }
  }

  async #start(): Promise<void> {
    const machine = this.#machine;
    machine.outside = false;
    machine.start(this.#mark);
    for (let i = 0; i < machine.threads.length; i++) await machine.advance(i);
  }

  /** The newest frame with something left to try. */
  #deepest(): Frame | undefined {
    for (;;) {
      const frame = this.#stack.at(-1);
      if (!frame || frame.next < frame.choices.length) return frame;
      this.#stack.pop();
    }
  }

  /** Looks at a new state: what can happen there, or whether it is the end. */
  #open(last: number, preemptions: number, sleep: Effect[]): void {
    const machine = this.#machine;
    const possible = enabled(machine, this.#options);
    if (possible.length === 0) {
      this.#schedules++;
      this.#check();
      return;
    }
    const going = possible.some((a) => a.thread === last && isRun(a));
    const spent = preemptions >= this.#options.preemptions;
    const choices = possible.filter((actor) =>
      !(spent && going && actor.thread !== last && isRun(actor)) &&
      !sleep.some((effect) => isSame(effect.actor, actor))
    );
    if (choices.length === 0) return;
    // The running thread goes on first: short traces, few preemptions.
    choices.sort((a, b) => rank(a, last) - rank(b, last));
    this.#stack.push({
      choices,
      next: 0,
      snapshot: choices.length > 1 ? machine.snapshot() : undefined,
      sleep,
      depth: this.#path.length,
      last,
      preemptions,
      going,
    });
  }

  #check(): void {
    const machine = this.#machine;
    const { mark } = machine.journal;
    machine.outside = true;
    try {
      const results = machine.threads.map((thread) => thread.result);
      this.#options.check(results, historyOf(machine.threads));
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      throw new Failure("exception", `check: ${text}`, error);
    } finally {
      machine.outside = false;
      machine.journal.undo(mark);
    }
  }

  /** Runs the present schedule again and writes down what happens. */
  async #explain(failure: Failure): Promise<ModelError> {
    const machine = this.#machine;
    // A thread that seemed to wait for ever may just have been slow.
    await macrotask();
    const late = machine.stray;
    const trace: string[] = machine.trace = [];
    let again: unknown;
    try {
      await this.#start();
      for (const actor of this.#path) {
        const { then } = take(machine, actor);
        if (then) await then;
      }
      if (enabled(machine, this.#options).length === 0) this.#check();
    } catch (error) {
      again = error;
    }
    if (late) return new ModelError(late.violation, late.reason, trace);
    if (again instanceof Failure && again.violation === failure.violation) {
      const { violation, reason, cause } = again;
      return new ModelError(violation, reason, trace, { cause });
    }
    return new ModelError(
      failure.violation,
      `${failure.reason} (this did not happen again: the program has state ` +
        "of its own that outlives a run)",
      trace,
      { cause: failure.cause },
    );
  }
}

/** A thread goes on, other than by what its environment does. */
function isRun({ kind }: Actor): boolean {
  return kind === "run" || kind === "tell";
}

function isSame(a: Actor, b: Actor): boolean {
  return a.thread === b.thread && a.kind === b.kind && a.id === b.id;
}

function rank(actor: Actor, last: number): number {
  return isRun(actor) ? actor.thread === last ? 0 : 1 : 2;
}

/** Whether two things come to the same in either order. */
function independent(a: Effect, b: Effect): boolean {
  if (a.actor.thread === b.actor.thread) return false;
  // Time is common to all, and so is the bound on timeouts.
  if (isTimeout(a.actor) || isTimeout(b.actor)) return false;
  // The order of a return and a call is part of a history.
  if ((a.returns && b.calls) || (a.calls && b.returns)) return false;
  return !a.operation || !b.operation ||
    a.operation.cell !== b.operation.cell || (a.readonly && b.readonly);
}

function isTimeout({ kind }: Actor): boolean {
  return kind === "expire" || kind === "timer";
}
