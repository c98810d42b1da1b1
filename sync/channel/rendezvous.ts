/**
 * A channel without any room: each send waits for its receive.
 *
 * After the zero-capacity flavor of crossbeam-channel
 * (https://github.com/crossbeam-rs/crossbeam). The protocol is in the folder's
 * README, "Rendezvous".
 *
 * @module
 */

import { KnockedTask, type Knocks, ownKnocks } from "../thread/knocks.ts";
import type { SharedSlice } from "../memory/memory.ts";
import { SLICE } from "../thread/thread.ts";
import { Deadline, timeoutError } from "../thread/timeout.ts";
import {
  CLOSED,
  type Flavor,
  FULL,
  type Meeting,
  type MeetingOptions,
  PUSHED,
  type Pushed,
  type Shape,
  type Store,
} from "./flavor.ts";
import { CROWDED, FOUND, MeetingPoint, OVER } from "./meeting_point.ts";
import {
  type Candidate,
  type MeetingRoom,
  NOBODY,
  RECEIVERS,
  SENDERS,
  type Side,
  tableSize,
} from "./meeting_table.ts";
import { Wire } from "./wire.ts";

/** Bytes of a message of a codec that need no memory of their own. */
const SHORT = 96;
/** The most bytes for longer messages of a side. */
const MOST_LONG = 2 ** 30;

/** The store of a channel with a capacity of 0. */
export const rendezvousFlavor: Flavor = {
  byteLength: (shape) => tableSize(roomFor(shape)),
  attach: (slice, shape) => new Rendezvous(slice, shape),
};

function roomFor({ record, reserve }: Shape<unknown>): MeetingRoom {
  return record === undefined
    ? {
      short: SHORT,
      long: Math.min(Math.floor(reserve / 4) * 4, MOST_LONG),
    }
    : { short: 4 * record.width, long: 0 };
}

/** A call that waits. */
interface Wait<T> {
  readonly side: Side;
  readonly options: MeetingOptions<T>;
  readonly deadline: Deadline;
  /** What a sender brings; what a receiver has got. */
  value: T | undefined;
  /** Where it stands in the table. */
  entry: number;
  /** What its ticket is while it stands there. */
  ticket: number;
  /** Whether there was no room there. */
  crowded: boolean;
  result: Pushed | undefined;
}

/** Where messages go from hand to hand. */
export class Rendezvous<T> implements Store<T>, Meeting<T> {
  readonly meeting: Meeting<T> = this;
  readonly size = 0;
  readonly #point: MeetingPoint;
  readonly #wire: Wire<T>;
  readonly #knocks: Knocks = ownKnocks();
  #crowded = false;

  /** Attaches to a store. */
  constructor(slice: SharedSlice, shape: Shape<T>) {
    this.#point = new MeetingPoint(slice, roomFor(shape));
    this.#wire = new Wire(shape, this.#point.most);
  }

  init(): void {
    // Zeroed memory is one where nobody is.
  }

  check(value: T): void {
    this.#wire.check(value);
  }

  tryPush(value: T): Pushed {
    this.#crowded = false;
    if (!this.#point.isAwaited(RECEIVERS)) {
      this.#wire.check(value);
      return this.#point.isSealed ? CLOSED : FULL;
    }
    const met = this.#point.give(this.#wire.encode(value));
    this.#crowded = met === CROWDED;
    return met === 0 ? PUSHED : met === OVER ? CLOSED : FULL;
  }

  tryPop(into?: T): T | undefined {
    const point = this.#point;
    if (!point.isAwaited(SENDERS)) return undefined;
    let room = this.#wire.room(0);
    for (;;) {
      const length = point.take(room);
      if (length < 0) {
        this.#wire.free(room);
        return undefined;
      }
      if (length <= room.length) return this.#wire.decode(room, length, into);
      room = this.#wire.room(length);
    }
  }

  seal(): void {
    this.#point.seal();
  }

  wakeAll(): void {
    this.#point.wakeAll();
  }

  push(value: T, options: MeetingOptions<T>): Pushed {
    const wait = waitOn(SENDERS, options, value);
    this.#wait(wait);
    return wait.result!;
  }

  async pushAsync(value: T, options: MeetingOptions<T>): Promise<Pushed> {
    const wait = waitOn(SENDERS, options, value);
    await this.#waitAsync(wait);
    return wait.result!;
  }

  pop(options: MeetingOptions<T>): T | undefined {
    const wait = waitOn<T>(RECEIVERS, options, undefined);
    this.#wait(wait);
    return wait.value;
  }

  async popAsync(options: MeetingOptions<T>): Promise<T | undefined> {
    const wait = waitOn<T>(RECEIVERS, options, undefined);
    await this.#waitAsync(wait);
    return wait.value;
  }

  /** Whether the last `tryPush` had somebody to give to, and no room for that. */
  get isCrowded(): boolean {
    return this.#crowded;
  }

  /** For a select: see {@linkcode MeetingPoint.hasYielded}. */
  get hasYielded(): boolean {
    return this.#point.hasYielded;
  }

  /** For a select that does not stand in the table: knocks when that may have changed. */
  watch(): void {
    this.#point.changed.watch(this.#knocks.index);
  }

  /** For a select: see {@linkcode MeetingPoint.join}. */
  join(
    side: Side,
    entry: number,
    candidate: Candidate,
    value: T | undefined,
  ): number {
    // Encoded once: the entry keeps it.
    const message = side === SENDERS && entry === NOBODY
      ? this.#wire.encode(value as T)
      : undefined;
    return this.#point.join(side, entry, candidate, message);
  }

  /** For a select: leaves the table. */
  withdraw(entry: number): void {
    this.#point.withdraw(entry);
  }

  /** What a receiver that was chosen has got; leaves the table. */
  collect(entry: number, into?: T): T {
    const length = this.#point.lengthAt(entry);
    const room = this.#wire.room(length);
    this.#point.readAt(entry, room);
    this.#point.withdraw(entry);
    return this.#wire.decode(room, length, into);
  }

  #wait(wait: Wait<T>): void {
    const knocks = this.#knocks;
    for (;;) {
      const seen = knocks.count;
      if (this.#look(wait)) return;
      try {
        knocks.wait(seen, wait.deadline.slice(SLICE));
      } catch (error) {
        // Where a thread may not block.
        if (this.#hasGivenUp(wait)) throw error;
        return;
      }
    }
  }

  async #waitAsync(wait: Wait<T>): Promise<void> {
    wait.options.signal?.throwIfAborted();
    using task = new KnockedTask(this.#knocks, wait.options.signal);
    for (;;) {
      task.begin();
      if (this.#look(wait)) return;
      try {
        await task.wait(wait.deadline.slice(SLICE));
      } catch (error) {
        if (this.#hasGivenUp(wait)) throw error;
        return;
      }
    }
  }

  /** Goes on as far as it can. Returns whether the wait is over. */
  #look(wait: Wait<T>): boolean {
    const { entry } = wait;
    if (entry === NOBODY) {
      if (this.#meet(wait)) return true;
    } else if (this.#point.isChosen(entry, wait.ticket)) {
      return this.#finish(wait);
    }
    const end = endOf(wait);
    if (end === undefined) return false;
    if (!this.#hasGivenUp(wait)) return true;
    if (end.error !== undefined) throw end.error;
    wait.result = CLOSED;
    return true;
  }

  /** Leaves the table; false if somebody was met before, which is the end of it. */
  #hasGivenUp(wait: Wait<T>): boolean {
    const { entry } = wait;
    if (entry === NOBODY) return true;
    if (!this.#point.cancel(entry, wait.ticket)) return !this.#finish(wait);
    this.#point.withdraw(entry);
    return true;
  }

  /** Meets somebody or goes to the table. Returns whether the wait is over. */
  #meet(wait: Wait<T>): boolean {
    const { side } = wait;
    for (;;) {
      if (wait.crowded) this.watch();
      if (side === SENDERS) {
        const pushed = this.tryPush(wait.value as T);
        if (pushed !== FULL) {
          wait.result = pushed;
          return true;
        }
        if (this.#crowded && wait.crowded) return false;
        wait.crowded ||= this.#crowded;
      } else {
        const value = this.tryPop(wait.options.into);
        if (value !== undefined) {
          wait.value = value;
          wait.result = PUSHED;
          return true;
        }
      }
      if (this.#crowded) continue;
      const message = side === SENDERS
        ? this.#wire.encode(wait.value as T)
        : undefined;
      const entry = this.#point.wait(side, message);
      if (entry >= 0) {
        wait.entry = entry;
        wait.ticket = this.#point.ticketAt(entry);
        return false;
      }
      if (entry === OVER) {
        wait.result = CLOSED;
        return true;
      }
      if (entry === FOUND) continue;
      // Once more, now that it is watched.
      if (wait.crowded) return false;
      wait.crowded = true;
    }
  }

  #finish(wait: Wait<T>): true {
    if (wait.side === SENDERS) this.#point.withdraw(wait.entry);
    else wait.value = this.collect(wait.entry, wait.options.into);
    wait.result = PUSHED;
    return true;
  }
}

function waitOn<T>(
  side: Side,
  options: MeetingOptions<T>,
  value: T | undefined,
): Wait<T> {
  return {
    side,
    options,
    deadline: new Deadline(options.timeout),
    value,
    entry: NOBODY,
    ticket: 0,
    crowded: false,
    result: undefined,
  };
}

/** Why a wait ends without a partner; `undefined` if it goes on. */
function endOf<T>(wait: Wait<T>): { error: unknown } | undefined {
  const { options, deadline } = wait;
  if (options.signal?.aborted) return { error: options.signal.reason };
  try {
    if (options.isOver()) return { error: undefined };
  } catch (error) {
    return { error };
  }
  if (!deadline.passed) return undefined;
  return { error: timeoutError(options.action, deadline.timeout) };
}
