/**
 * One re-execution of a model thread, from its start to its next operation.
 *
 * @module
 */

import type { Machine } from "./machine.ts";
import { CALL, type LoopEvent, RETURN } from "./thread_state.ts";

/** Timers at least this long only hold an event loop open: they never fire. */
const HOLD = 2 ** 30;

/** What a modelled thread is given besides the shared state. */
export interface ModelThread {
  /** Which thread this is: its index in `threads`. */
  readonly index: number;

  /**
   * A fresh signal. Without a name the scheduler aborts it at any one moment at
   * which this thread's event loop is idle, or never; nothing may depend on
   * its being aborted. A named one is aborted some time after a thread calls
   * {@linkcode ModelThread.abort} with that name.
   */
  signal(name?: string): AbortSignal;

  /** Aborts the signals of that name, wherever they are. This is a step. */
  abort(name: string): void;

  /** Does a call and records it in the history that `check` is given. */
  call<T>(input: unknown, body: () => T): T;
}

/** A thread that is being run again. */
export class Run implements ModelThread {
  readonly index: number;
  readonly #machine: Machine;
  /** How much of the log it has consumed. */
  cursor = 0;
  /** Once set, every access throws it: the run is over. */
  stop: unknown = undefined;
  /** Its continuations are told apart from those of other runs. */
  readonly tracked: boolean;
  readonly waits: Map<number, (value: string) => void> = new Map();
  readonly timers: Map<number, { due: number; callback: () => void }> =
    new Map();
  readonly signals: Map<
    string,
    { controller: AbortController; auto: boolean }
  > = new Map();
  /** How many shared buffers it has made. */
  buffers = 0;
  #timers = 0;
  #calls = 0;
  #seed = 1;

  constructor(index: number, machine: Machine, tracked: boolean) {
    this.index = index;
    this.#machine = machine;
    this.tracked = tracked;
  }

  /** Whether it has made anything that continues in the event loop. */
  get hasLoop(): boolean {
    return this.waits.size + this.#timers + this.signals.size > 0;
  }

  signal(name?: string): AbortSignal {
    if (this.stop !== undefined) throw this.stop;
    const key = name ?? `signal ${this.signals.size}`;
    let entry = this.signals.get(key);
    if (!entry) {
      entry = { controller: new AbortController(), auto: name === undefined };
      this.signals.set(key, entry);
    }
    return entry.controller.signal;
  }

  abort(name: string): void {
    this.#machine.accesses.post(name);
  }

  call<T>(input: unknown, body: () => T): T {
    const id = this.#calls++;
    this.#machine.local(CALL, () => ({ id, input }));
    const returned = (output: unknown) => {
      this.#machine.local(RETURN, () => ({ id, output }));
      return output as Awaited<T>;
    };
    const output = body();
    return (isThenable(output) ? output.then(returned) : returned(output)) as T;
  }

  /** `waitAsync` number `id` as the program sees it. */
  promise(id: number): { async: true; value: Promise<string> } {
    return {
      async: true,
      value: new Promise((resolve) => void this.waits.set(id, resolve)),
    };
  }

  /** Chance that repeats itself in each run. */
  random(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return this.#seed / 2 ** 32;
  }

  /** As `setTimeout`. */
  timer(callback: () => void, delay: number, now: number): number {
    // Not the number of any timer of the engine.
    const id = 2 ** 31 + this.#timers++;
    if (delay < HOLD) this.timers.set(id, { due: now + delay, callback });
    return id;
  }

  /** Hands an event to the program. */
  deliver(event: LoopEvent): void {
    switch (event.type) {
      case "wake":
        this.waits.get(event.id)!(event.value);
        break;
      case "abort":
        this.signals.get(event.name)!.controller.abort();
        break;
      case "timer": {
        const { callback } = this.timers.get(event.id)!;
        this.timers.delete(event.id);
        callback();
      }
    }
  }
}

/** Whether a value is a promise or something like it. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then ===
    "function";
}
