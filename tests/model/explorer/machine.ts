/**
 * The state of a modelled program: its threads, its memory and its clock, and
 * how a thread is brought to its next operation.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import { Accesses } from "./accesses.ts";
import { Journal } from "./journal.ts";
import { Failure } from "./model_error.ts";
import { isPause, Pause } from "./operation.ts";
import { type Clock, join, Races } from "./races.ts";
import { isThenable, Run } from "./run.ts";
import { SharedMemory } from "./shared_memory.ts";
import {
  CLOCK,
  EVENT,
  Log,
  type LoopEvent,
  RETURN,
  ThreadState,
} from "./thread_state.ts";

/** What a machine runs, and how. */
export interface MachineOptions {
  /** The threads, as functions of the run only. */
  readonly bodies: readonly ((run: Run) => unknown)[];
  /** Called before each re-execution. */
  readonly enter: ((thread: number) => void) | undefined;
  /** Microtasks without an access after which a thread counts as idle. */
  readonly ticks: number;
}

/** The rest of the state besides that of the threads. */
interface Globals {
  /** Steps so far. */
  readonly step: number;
  /** Model time in milliseconds. */
  readonly now: number;
  /** Timeouts that have expired so far. */
  readonly expiries: number;
}

/** A state to which a machine can return. */
export interface Snapshot extends Globals {
  readonly threads: readonly ThreadState[];
  readonly mark: number;
}

/** Where model time starts. */
const START = 1000;

/** A modelled program in some state. */
export class Machine {
  readonly options: MachineOptions;
  readonly memory: SharedMemory = new SharedMemory();
  readonly journal: Journal = new Journal();
  readonly races: Races;
  readonly accesses: Accesses = new Accesses(this);
  threads: ThreadState[] = [];
  step = 0;
  now: number = START;
  expiries = 0;
  /** Recorded calls that have returned; only ever grows. */
  returns = 0;
  /** Names of the signals that have been aborted. */
  readonly posted: Record<string, Clock | undefined> = {};
  /** What a traced run has done; undefined in the others. */
  trace: string[] | undefined = undefined;
  /** Code of the test itself is running, such as `setup`. */
  outside = true;
  /** The run that is going on. */
  running: Run | undefined = undefined;
  /** Something that went wrong where it could not be thrown. */
  stray: Failure | undefined = undefined;
  readonly #owner = new AsyncLocalStorage<Run>();
  /** Which threads use the event loop; undefined before the first run. */
  readonly #async: (boolean | undefined)[] = [];

  constructor(options: MachineOptions) {
    this.options = options;
    this.races = new Races(options.bodies.length, this.journal);
  }

  /** The run to which the calling code belongs; none if it is the test's. */
  owner(): Run | undefined {
    const running = this.running;
    if (running?.tracked === false) return running;
    if (running === undefined && this.outside) return undefined;
    const owner = this.#owner.getStore() ?? running;
    if (owner !== undefined && owner === running) return owner;
    if (owner?.stop === undefined) {
      this.stray ??= new Failure(
        "unsupported",
        "a continuation ran after its thread had counted as idle: raise " +
          "'ticks', or make a thread that continues asynchronously return " +
          "its promise",
      );
    }
    throw owner?.stop ?? this.stray;
  }

  /** Does something once and remembers its result for the next runs. */
  local<T>(code: number, compute: () => T): T {
    const run = this.owner();
    if (!run) return compute();
    if (run.stop !== undefined) throw run.stop;
    const { log } = this.threads[run.index]!;
    if (run.cursor < log.length) return this.replay(run, log, code) as T;
    const value = compute();
    log.push(code, value, this.step);
    run.cursor++;
    if (code === RETURN) this.returns++;
    if (code !== CLOCK) this.threads[run.index]!.calling = code !== RETURN;
    return value;
  }

  /** The next entry of the log, which must be of the kind expected. */
  replay(run: Run, log: Log, code: number): unknown {
    const at = run.cursor++;
    if (log.codes[at] !== code) {
      throw run.stop = new Failure(
        "unsupported",
        `T${run.index} did not repeat itself when it was run again`,
      );
    }
    return log.values[at];
  }

  /** The model time; reading it is no step. */
  clock(): number {
    return this.local(CLOCK, () => this.now);
  }

  /** All threads at their start, and the memory as it was at `mark`. */
  start(mark: number): void {
    this.journal.undo(mark);
    this.running = this.stray = undefined;
    this.step = this.expiries = 0;
    this.now = START;
    const zero = this.options.bodies.map(() => 0);
    this.threads = this.options.bodies.map((_, index) =>
      new ThreadState(new Log(), zero.with(index, 1))
    );
  }

  snapshot(): Snapshot {
    return {
      step: this.step,
      now: this.now,
      expiries: this.expiries,
      threads: this.threads.map((thread) => thread.copy()),
      mark: this.journal.mark,
    };
  }

  restore(snapshot: Snapshot): void {
    this.step = snapshot.step;
    this.now = snapshot.now;
    this.expiries = snapshot.expiries;
    this.journal.undo(snapshot.mark);
    this.threads = snapshot.threads.map((thread) => thread.copy());
    for (const thread of snapshot.threads) thread.log.truncate(thread.length);
  }

  /** Runs a thread again, up to its next operation; async if the thread is. */
  advance(index: number): Promise<void> | undefined {
    const state = this.threads[index]!;
    state.pending = undefined;
    this.outside = true;
    this.options.enter?.(index);
    this.outside = false;
    const tracked = this.#async[index] !== false;
    const run = new Run(index, this, tracked);
    this.running = run;
    let out: unknown;
    let thrown: { error: unknown } | undefined;
    try {
      const body = this.options.bodies[index]!;
      out = tracked ? this.#owner.run(run, body, run) : body(run);
    } catch (error) {
      thrown = { error };
    }
    if (isThenable(out) || run.hasLoop || this.#async[index]) {
      this.#async[index] = true;
      return this.#settle(run, thrown ? Promise.reject(thrown.error) : out);
    }
    this.#async[index] = false;
    this.running = undefined;
    if (run.stop === undefined && thrown) this.#threw(index, thrown.error);
    this.#finish(run, run.stop === undefined, out);
    return undefined;
  }

  /** `Atomics.pause`: the thread waits for something that others do. */
  yield(): void {
    const run = this.owner();
    if (!run) return;
    if (run.stop !== undefined) throw run.stop;
    const state = this.threads[run.index]!;
    // Several pauses in a row are one: nothing was looked at between them.
    if (run.cursor < state.log.length || !state.stepped) return;
    state.stepped = false;
    state.yields++;
  }

  /** From now on this thread is run as one with an event loop. */
  usesLoop(index: number): void {
    this.#async[index] = true;
  }

  #threw(index: number, error: unknown): never {
    if (error instanceof Failure) throw error;
    const text = error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error);
    throw new Failure("exception", `T${index} threw ${text}`, error);
  }

  #finish(run: Run, done: boolean, result: unknown): void {
    const state = this.threads[run.index]!;
    if (run.stop instanceof Failure) throw run.stop;
    if (this.stray) throw this.stray;
    if (run.stop === undefined && run.cursor < state.log.length) {
      throw new Failure(
        "unsupported",
        `T${run.index} did not repeat itself: it ended early when run again`,
      );
    }
    state.pending = run.stop instanceof Pause ? run.stop.operation : undefined;
    state.done = done;
    state.result = result;
  }

  /** Lets the event loop of a thread go on until it pauses or is idle. */
  async #settle(run: Run, out: unknown): Promise<void> {
    const state = this.threads[run.index]!;
    let done = false;
    let result: unknown;
    let thrown: { error: unknown } | undefined;
    Promise.resolve(out).then(
      // What a paused run goes on to do does not count.
      (value) => void (run.stop ?? ((done = true), (result = value))),
      (error) => void (run.stop ?? (thrown = { error })),
    );
    for (;;) {
      await this.#drain(run);
      if (run.stop !== undefined || thrown) break;
      const event = this.#nextEvent(run, state, done);
      if (!event) break;
      this.#owner.run(run, () => this.#tell(run, event));
    }
    this.running = undefined;
    if (run.stop === undefined && thrown) {
      this.#threw(run.index, thrown.error);
    }
    state.signals = [...run.signals].filter(([, { controller }]) =>
      !controller.signal.aborted
    ).map(([name, { auto }]) => ({ name, auto }));
    state.timers = [...run.timers].map(([id, { due }]) => ({ id, due }));
    this.#finish(run, done, result);
  }

  /** Waits until nothing has happened for a number of microtasks. */
  async #drain(run: Run): Promise<void> {
    let { cursor, stop } = run;
    for (let quiet = 0; quiet < this.options.ticks; quiet++) {
      await null;
      if (run.cursor !== cursor || run.stop !== stop) {
        ({ cursor, stop } = run);
        quiet = 0;
      }
    }
  }

  /** What an idle event loop is told next, as recorded or by itself. */
  #nextEvent(run: Run, state: ThreadState, done: boolean) {
    const { log } = state;
    if (run.cursor < log.length) {
      return this.replay(run, log, EVENT) as LoopEvent;
    }
    // A thread that can be told only of settled waits is told at once: it is
    // of no importance to others when that happens.
    if (
      state.queue.length === 0 || (run.signals.size > 0 && !done) ||
      run.timers.size > 0 || state.waits.some((w) => w.timeout !== Infinity)
    ) return undefined;
    const event = this.dequeue(run.index);
    run.cursor++;
    return event;
  }

  /** Records that a thread is told of its oldest settled wait. */
  dequeue(index: number): LoopEvent {
    const state = this.threads[index]!;
    const [{ waiter, value, clock }, ...rest] = state.queue as [
      (typeof state.queue)[0],
    ];
    state.queue = rest;
    if (clock) state.clock = join(state.clock, clock);
    const event: LoopEvent = { type: "wake", id: waiter.id, value };
    state.log.push(EVENT, event, this.step);
    this.trace?.push(
      `T${index} is told: waitAsync[${waiter.cell.name}] ${value}` +
        waiter.site,
    );
    return event;
  }

  #tell(run: Run, event: LoopEvent): void {
    try {
      run.deliver(event);
    } catch (error) {
      if (run.stop !== undefined || isPause(error)) return;
      run.stop = new Failure(
        "exception",
        `T${run.index} threw ${error} in a timer`,
        error,
      );
    }
  }
}
