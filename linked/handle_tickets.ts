/**
 * Who has handles of an instance elsewhere: one ticket for each thread, and for each
 * handle on its way.
 *
 * The protocol is in the folder's README, "Tickets".
 *
 * @module
 */

import { isRoomFor } from "../codec/sent_fields.ts";
import { allocate } from "../sync/memory/arena.ts";
import { LINE, type SharedSlice, wordsOf } from "../sync/memory/memory.ts";
import { SLICE, type ThreadId } from "../sync/thread/thread.ts";

const STATE = 0;
const CHANGES = 1;
/** The first ticket. */
const FIRST = LINE / 4;

const OVER = 1;

const FREE = 0;
/** On its way. Else it is the id of the thread that has it. */
const TRAVELLING = -1;

/** How many handles can be elsewhere or on their way at once. */
export const MOST_TICKETS: number = 1024 - FIRST;

/** Whether tickets, as many as can be, may lie somewhere. */
export function canHoldTickets(memory: unknown): memory is SharedSlice {
  return isRoomFor((FIRST + MOST_TICKETS) * 4, memory);
}

/** Whether a thread neither left nor was lost. */
export type IsLive = (thread: ThreadId) => boolean;

/** What the owner waits for. */
export interface FreeOptions {
  /** Whether a thread is there. */
  readonly isLive: IsLive;
  /** Whether it still matters. */
  readonly isWanted: () => boolean;
  /** Is called when all are free, before anything else can happen on this thread. */
  readonly end: () => void;
}

/** The tickets of one instance, as one thread sees them. */
export class HandleTickets {
  /** Where they are. */
  readonly memory: SharedSlice;
  readonly #words: Int32Array;
  readonly #end: number;

  /** Attaches to tickets, so many. */
  constructor(memory: SharedSlice, count: number = MOST_TICKETS) {
    this.memory = memory;
    this.#end = FIRST + count;
    this.#words = wordsOf(memory, this.#end);
  }

  /** Makes so many tickets, all of which are free. */
  static allocate(count: number = MOST_TICKETS): HandleTickets {
    return new HandleTickets(allocate((FIRST + count) * 4), count);
  }

  /** Whether the instance is gone. */
  get isOver(): boolean {
    return Atomics.load(this.#words, STATE) === OVER;
  }

  /** The instance is gone, whoever has tickets. */
  end(): void {
    Atomics.store(this.#words, STATE, OVER);
  }

  /**
   * For who has a handle, or a ticket: issues one for a handle that is sent.
   *
   * @throws {RangeError} If none is free.
   */
  issue(): number {
    for (let at = FIRST; at < this.#end; at++) {
      if (Atomics.compareExchange(this.#words, at, FREE, TRAVELLING) !== FREE) {
        continue;
      }
      // Before the one can be given back by which this one was issued.
      Atomics.add(this.#words, CHANGES, 1);
      return at - FIRST;
    }
    throw new RangeError(
      `Cannot send handle as all ${
        this.#end - FIRST
      } tickets of its instance are elsewhere or on their way: dispose handles there`,
    );
  }

  /** For who receives a handle: takes its ticket. False: there is none. */
  take(ticket: number, thread: ThreadId): boolean {
    const at = FIRST + ticket;
    return Atomics.compareExchange(this.#words, at, TRAVELLING, thread) ===
      TRAVELLING;
  }

  /**
   * A handle was not sent, or is where its instance is held already. False: it had no
   * ticket.
   */
  withdraw(ticket: number): boolean {
    return this.#free(ticket, TRAVELLING);
  }

  /** For who has a ticket: its thread has no handle any more. */
  giveBack(ticket: number, thread: ThreadId): void {
    this.#free(ticket, thread);
  }

  /** For the owner: whether nobody has a ticket but threads that are gone. */
  areFree(isLive: IsLive): boolean {
    for (;;) {
      const changes = Atomics.load(this.#words, CHANGES);
      if (!this.#lookAtAll(isLive)) return false;
      // Else one may have been issued behind us, by one that was given back ahead.
      if (Atomics.load(this.#words, CHANGES) === changes) return true;
    }
  }

  /**
   * For the owner: waits until {@linkcode HandleTickets.areFree}, or that does not
   * matter any more. Does not keep the event loop alive.
   */
  async whenFree({ isLive, isWanted, end }: FreeOptions): Promise<void> {
    while (isWanted()) {
      const changes = Atomics.load(this.#words, CHANGES);
      if (this.areFree(isLive)) return end();
      const sleep = Atomics.waitAsync(this.#words, CHANGES, changes, SLICE);
      if (sleep.async) await sleep.value;
    }
  }

  #lookAtAll(isLive: IsLive): boolean {
    for (let at = FIRST; at < this.#end; at++) {
      const holder = Atomics.load(this.#words, at);
      if (holder === FREE) continue;
      if (holder === TRAVELLING || isLive(holder)) return false;
      Atomics.compareExchange(this.#words, at, holder, FREE);
    }
    return true;
  }

  #free(ticket: number, from: number): boolean {
    const at = FIRST + ticket;
    if (Atomics.compareExchange(this.#words, at, from, FREE) !== from) {
      return false;
    }
    Atomics.add(this.#words, CHANGES, 1);
    Atomics.notify(this.#words, CHANGES);
    return true;
  }
}
