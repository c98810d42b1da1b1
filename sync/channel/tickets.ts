/**
 * Tickets: who waits in several rendezvous at once is chosen in one of them.
 *
 * The protocol is in the folder's README, "Rendezvous".
 *
 * @module
 */

import { type Knocks, ownKnocks } from "../thread/knocks.ts";
import { RECORD_WORDS, TICKETS } from "../thread/thread.ts";

/** Nobody may choose whom this ticket is of. */
export const IDLE = 0;
/** Whom it is of waits to be chosen. */
export const WAITING = 1;
/** It was chosen, in one arm. */
export const CHOSEN = 2;

// A ticket is a word: sequence << 12 | arm << 2 | state.
const ARM_BITS = 10;
const SEQUENCE = 1 << (ARM_BITS + 2);
const STATE = 3;

/** The most rendezvous of one select. */
export const MAX_MEETING_ARMS: number = 1 << ARM_BITS;

/** How many tickets a thread has. */
export const THREAD_TICKETS: number = RECORD_WORDS - TICKETS;

/**
 * The last ticket is for a select that blocks the thread: tasks, which wait until
 * that ends, never have it.
 */
export const BLOCKING: number = THREAD_TICKETS;

/** What a ticket becomes when its holder waits again: no earlier value is the same. */
export function nextWaiting(ticket: number): number {
  return waitingAs(ticket + SEQUENCE);
}

/** What a ticket is, or was, while its holder waits with it. */
export function waitingAs(ticket: number): number {
  return (ticket & -SEQUENCE) | WAITING;
}

/** What a ticket of somebody who waits becomes when he is chosen. */
export function chosenIn(waiting: number, arm: number): number {
  return (waiting & -SEQUENCE) | arm << 2 | CHOSEN;
}

/** Whether the ticket says so. */
export function isWaiting(ticket: number): boolean {
  return (ticket & STATE) === WAITING;
}

/**
 * The holder chooses nobody any more and cannot be chosen.
 *
 * @returns -1, or the arm in which it has been chosen before.
 */
export function cancelTicket(
  words: Int32Array,
  at: number,
  waiting: number,
): number {
  const seen = Atomics.compareExchange(
    words,
    at,
    waiting,
    (waiting & -SEQUENCE) | IDLE,
  );
  return seen === waiting ? -1 : (seen & (SEQUENCE - 1)) >>> 2;
}

/**
 * The tickets in the record of this thread, for its selects. They are numbered
 * from 1 on.
 */
export class Tickets {
  readonly #knocks: Knocks;
  readonly #free: number[] = Array.from(
    { length: BLOCKING - 1 },
    (_, k) => BLOCKING - 1 - k,
  );
  #isBlockingFree = true;
  /** Who wants one, in their order. */
  readonly #line = new Set<object>();

  /** For {@linkcode ownTickets}. */
  constructor(knocks: Knocks) {
    this.#knocks = knocks;
  }

  /** Whether somebody stands in line. */
  get areWanted(): boolean {
    return this.#line.size > 0;
  }

  /** Takes the ticket for a select that blocks; 0 if one in its course has it. */
  takeBlocking(): number {
    if (!this.#isBlockingFree) return 0;
    this.#isBlockingFree = false;
    return BLOCKING;
  }

  /** Takes a ticket; if there is none, stands in line for one and returns 0. */
  take(holder: object): number {
    if (this.#free.length > 0) {
      for (const first of this.#line) {
        if (first === holder) break;
        if (this.#free.length > this.#line.size) break;
        this.#line.add(holder);
        return 0;
      }
      this.#line.delete(holder);
      return this.#free.pop()!;
    }
    this.#line.add(holder);
    return 0;
  }

  /** Puts a ticket back; the next one in line is told by a knock. */
  give(ticket: number): void {
    if (ticket === BLOCKING) {
      this.#isBlockingFree = true;
      return;
    }
    this.#free.push(ticket);
    if (this.#line.size > 0) this.#knocks.tell(this.#knocks.index);
  }

  /** Leaves the line. */
  leave(holder: object): void {
    if (!this.#line.delete(holder)) return;
    if (this.#line.size > 0 && this.#free.length > 0) {
      this.#knocks.tell(this.#knocks.index);
    }
  }

  /** Says that the holder of a ticket waits. Returns what the ticket is then. */
  wait(ticket: number): number {
    const at = this.#at(ticket);
    const { records } = this.#knocks;
    const waiting = nextWaiting(Atomics.load(records, at));
    Atomics.store(records, at, waiting);
    return waiting;
  }

  /** See {@linkcode cancelTicket}. */
  cancel(ticket: number, waiting: number): number {
    return cancelTicket(this.#knocks.records, this.#at(ticket), waiting);
  }

  #at(ticket: number): number {
    return this.#knocks.index * RECORD_WORDS + TICKETS + ticket - 1;
  }
}

const known = new WeakMap<Knocks, Tickets>();

/** The tickets of this thread. */
export function ownTickets(): Tickets {
  const knocks = ownKnocks();
  let tickets = known.get(knocks);
  if (tickets === undefined) known.set(knocks, tickets = new Tickets(knocks));
  return tickets;
}
