/**
 * Where a model thread stands, and what it has been told so far.
 *
 * @module
 */

import type { Operation } from "./operation.ts";
import type { Clock } from "./races.ts";
import type { Waiter } from "./shared_memory.ts";

/** Something that an idle event loop is told. */
export type LoopEvent =
  | { readonly type: "wake"; readonly id: number; readonly value: string }
  | { readonly type: "abort"; readonly name: string }
  | { readonly type: "timer"; readonly id: number };

/** A settled `waitAsync` whose promise has not been told yet. */
export interface Wake {
  readonly waiter: Waiter;
  readonly value: "ok" | "timed-out";
  /** What happened before it. */
  readonly clock: Clock | undefined;
}

/** A signal that has not been aborted. */
export interface OpenSignal {
  readonly name: string;
  /** The scheduler may abort it at any moment. */
  readonly auto: boolean;
}

/** A timer that runs. */
export interface OpenTimer {
  readonly id: number;
  readonly due: number;
}

/**
 * All that a thread has been told: enough to bring it back to where it is by
 * running it again.
 */
export class Log {
  readonly codes: number[] = [];
  readonly values: unknown[] = [];
  /** In which step of the schedule. */
  readonly steps: number[] = [];

  get length(): number {
    return this.codes.length;
  }

  push(code: number, value: unknown, step: number): void {
    this.codes.push(code);
    this.values.push(value);
    this.steps.push(step);
  }

  truncate(length: number): void {
    this.codes.length = this.values.length = this.steps.length = length;
  }
}

/** Codes of the log entries that are not operations on a cell. */
export const EVENT = -1;
/** See {@linkcode EVENT}: the model clock was read. */
export const CLOCK = -2;
/** See {@linkcode EVENT}: a recorded call began. */
export const CALL = -3;
/** See {@linkcode EVENT}: a recorded call returned. */
export const RETURN = -4;
/** Plain accesses have codes from here downwards. */
export const PLAIN = -16;

/** The state of a thread; everything in it is copied by {@linkcode copy}. */
export class ThreadState {
  readonly log: Log;
  /** How much of the log belongs to this state. */
  length = 0;
  /** What it does next. */
  pending: Operation | undefined = undefined;
  /** It sleeps in `Atomics.wait`. */
  asleep: Waiter | undefined = undefined;
  /** Its function has returned, or its promise settled. */
  done = false;
  result: unknown = undefined;
  /** Its pending `waitAsync` calls. */
  waits: readonly Waiter[] = [];
  /** Settled ones, in the order in which its event loop will learn of them. */
  queue: readonly Wake[] = [];
  signals: readonly OpenSignal[] = [];
  timers: readonly OpenTimer[] = [];
  /** Rounds of a spin that ended since the last change. */
  yields = 0;
  /** It has made a step since it paused. */
  stepped = false;
  /** It has begun a recorded call and made no step in it yet. */
  calling = false;
  clock: Clock;

  constructor(log: Log, clock: Clock) {
    this.log = log;
    this.clock = clock;
  }

  /** Remembers this state. */
  copy(): ThreadState {
    const copy = new ThreadState(this.log, this.clock);
    copy.length = this.log.length;
    copy.pending = this.pending;
    copy.asleep = this.asleep;
    copy.done = this.done;
    copy.result = this.result;
    copy.waits = this.waits;
    copy.queue = this.queue;
    copy.signals = this.signals;
    copy.timers = this.timers;
    copy.yields = this.yields;
    copy.stepped = this.stepped;
    copy.calling = this.calling;
    return copy;
  }
}
