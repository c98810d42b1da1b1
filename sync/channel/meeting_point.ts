/**
 * Where senders and receivers of a rendezvous find each other.
 *
 * After the zero-capacity flavor of crossbeam-channel
 * (https://github.com/crossbeam-rs/crossbeam). The protocol is in the folder's
 * README, "Rendezvous".
 *
 * @module
 */

import { EventCount } from "../thread/event_count.ts";
import { type Knocks, ownKnocks } from "../thread/knocks.ts";
import type { SharedSlice } from "../memory/memory.ts";
import { Mutex } from "../lock/mutex.ts";
import { indexOf, RECORD_WORDS } from "../thread/thread.ts";
import {
  type Candidate,
  CHANGED_AT,
  type MeetingRoom,
  MeetingTable,
  NOBODY,
  RECEIVERS,
  SENDERS,
  type Side,
  TICKET,
} from "./meeting_table.ts";
import { cancelTicket, chosenIn, nextWaiting, waitingAs } from "./tickets.ts";

/** What {@linkcode MeetingPoint} says where nobody meets any more. */
export const OVER = -2;
/** There is no room in the table, or for the message. */
export const CROWDED = -3;
/** Somebody waits whom the caller can meet by itself. */
export const FOUND = -4;

const EVEN_IF_POISONED = { evenIfPoisoned: true } as const;

/**
 * A table of those who wait, under a lock. All calls are short. What a thread was
 * about to do when it was lost is done or not: an exchange of the other one's
 * ticket is the moment in which two meet.
 */
export class MeetingPoint {
  /** Signalled when somebody came to the table or left it. */
  readonly changed: EventCount;
  /** The most bytes of a message. */
  readonly most: number;
  readonly #table: MeetingTable;
  readonly #lock: Mutex;
  readonly #knocks: Knocks = ownKnocks();
  /** Whom the last call has met: the index of a thread. */
  #met = NOBODY;
  #yielded = false;

  /** Attaches to a meeting point; zeroed memory is one where nobody is. */
  constructor(slice: SharedSlice, room: MeetingRoom) {
    const { buffer, byteOffset } = slice;
    this.#table = new MeetingTable(slice, room, this.#knocks);
    this.#lock = new Mutex({ kind: "Mutex", buffer, byteOffset });
    this.changed = new EventCount({
      buffer,
      byteOffset: byteOffset + CHANGED_AT,
    });
    this.most = Math.max(room.short, room.long);
  }

  /** Whether nobody meets here any more. */
  get isSealed(): boolean {
    return this.#table.isSealed;
  }

  /** Whether the last {@linkcode join} left it to somebody else to look. */
  get hasYielded(): boolean {
    return this.#yielded;
  }

  /** From the return of this call on nobody meets here. */
  seal(): void {
    if (this.isSealed) return;
    this.#enter();
    try {
      this.#table.seal();
    } finally {
      this.#leave();
    }
  }

  /** Wakes all who wait. */
  wakeAll(): void {
    const table = this.#table;
    for (const side of [SENDERS, RECEIVERS] as const) {
      const used = table.used(side);
      for (let k = 0; k < used; k++) {
        const owner = table.ownerOf(table.at(side, k));
        if (owner !== 0) this.#knocks.tell(indexOf(owner));
      }
    }
    this.changed.signal();
  }

  /** Whether somebody seems to wait on a side. Takes no lock. */
  isAwaited(side: Side): boolean {
    const table = this.#table;
    const used = table.used(side);
    for (let k = 0; k < used; k++) {
      if (table.waits(table.at(side, k))) return true;
    }
    return false;
  }

  /**
   * Hands a message to a receiver that waits.
   *
   * @returns 0, `NOBODY`, `OVER` or `CROWDED`.
   */
  give(message: Uint8Array): number {
    const table = this.#table;
    this.#enter();
    try {
      if (table.isSealed) return OVER;
      for (;;) {
        const at = table.find(RECEIVERS);
        if (at === NOBODY) return NOBODY;
        if (!table.copyIn(at, message)) return CROWDED;
        this.#met = table.choose(at);
        if (this.#met !== NOBODY) return 0;
        table.forgetMessage(at);
      }
    } finally {
      this.#leave();
    }
  }

  /**
   * Takes the message of a sender that waits.
   *
   * @param room Where to put it.
   * @returns Its length, `NOBODY` or `OVER`. If it is longer than the room, it was
   * not taken.
   */
  take(room: Uint8Array): number {
    const table = this.#table;
    this.#enter();
    try {
      if (table.isSealed) return OVER;
      for (;;) {
        const at = table.find(SENDERS);
        if (at === NOBODY) return NOBODY;
        const length = table.lengthAt(at);
        if (length > room.length) return length;
        table.copyOut(at, room);
        this.#met = table.choose(at);
        if (this.#met !== NOBODY) return length;
      }
    } finally {
      this.#leave();
    }
  }

  /**
   * Waits in the table, unless nobody meets any more or somebody waits on the
   * other side. With a ticket of the entry's own.
   *
   * @param message What a sender brings.
   * @returns The entry, `FOUND`, `OVER` or `CROWDED`.
   */
  wait(side: Side, message: Uint8Array | undefined): number {
    const table = this.#table;
    let at: number;
    this.#enter();
    try {
      if (table.isSealed) return OVER;
      if (table.find(1 - side as Side) !== NOBODY) return FOUND;
      at = table.take(side, message);
      if (at === NOBODY) return CROWDED;
      const before = Atomics.load(table.words, at + TICKET);
      const waiting = nextWaiting(before);
      Atomics.store(table.words, at + TICKET, waiting);
      table.describe(at, { place: 0, waiting, arm: 0 });
      // Last: who is lost before it has left nothing behind.
      table.own(at);
    } finally {
      this.#leave();
    }
    this.changed.signal();
    return at;
  }

  /**
   * Waits in the table for a select, unless nobody meets any more or somebody
   * waits on the other side whom the caller has to meet. Of two selects that find
   * each other here, the one with the lower number has to; the other one knocks
   * at it.
   *
   * @param entry The entry of this arm from an earlier wait, or `NOBODY`.
   * @returns The entry, `FOUND`, `OVER` or `CROWDED`.
   */
  join(
    side: Side,
    entry: number,
    candidate: Candidate,
    message: Uint8Array | undefined,
  ): number {
    const table = this.#table;
    const lower: number[] = [];
    let at = entry;
    this.#enter();
    try {
      if (table.isSealed) return OVER;
      if (this.#isFound(1 - side as Side, candidate.place, lower)) return FOUND;
      if (at === NOBODY) at = table.take(side, message);
      if (at === NOBODY) return CROWDED;
      table.describe(at, candidate);
      if (entry === NOBODY) table.own(at);
    } finally {
      this.#leave();
    }
    this.#yielded = lower.length > 0;
    for (const index of lower) this.#knocks.tell(index);
    this.changed.signal();
    return at;
  }

  /** What the ticket of an entry of one's own is while one waits. */
  ticketAt(entry: number): number {
    return waitingAs(Atomics.load(this.#table.words, entry + TICKET));
  }

  /** Whether somebody has met the one who waits with an entry's own ticket. */
  isChosen(entry: number, ticket: number): boolean {
    // Any other ticket is that of somebody else: who was thought to be lost has
    // lost its entry, too.
    const seen = Atomics.load(this.#table.words, entry + TICKET);
    return seen === chosenIn(ticket, 0);
  }

  /**
   * Gives up the wait with an entry's own ticket.
   *
   * @returns False if it has been chosen.
   */
  cancel(entry: number, ticket: number): boolean {
    cancelTicket(this.#table.words, entry + TICKET, ticket);
    return !this.isChosen(entry, ticket);
  }

  /** How long the message is that was handed to a receiver that was chosen. */
  lengthAt(entry: number): number {
    return this.#table.lengthAt(entry);
  }

  /** Copies the message that was handed to a receiver that was chosen. */
  readAt(entry: number, room: Uint8Array): void {
    this.#table.copyOut(entry, room);
  }

  /** Leaves the table. Nobody can choose the caller any more. */
  withdraw(entry: number): void {
    this.#table.leave(entry);
    this.changed.signal();
  }

  #enter(): void {
    this.#met = NOBODY;
    this.#lock.lock(EVEN_IF_POISONED);
    // A thread was lost in here: it has left all or nothing.
    if (this.#lock.isPoisoned) this.#lock.clearPoison();
  }

  #leave(): void {
    this.#lock.unlock();
    if (this.#met !== NOBODY) this.#knocks.tell(this.#met);
  }

  /** Whether a select has to meet somebody itself; else whom it has to tell. */
  #isFound(side: Side, place: number, lower: number[]): boolean {
    const table = this.#table;
    const own = this.#knocks.index * RECORD_WORDS + place;
    const used = table.used(side);
    for (let k = 0; k < used; k++) {
      const at = table.at(side, k);
      if (!table.waits(at) || table.isOwn(at, place) || !table.isLive(at)) {
        continue;
      }
      const theirs = table.placeOf(at);
      const index = indexOf(table.ownerOf(at));
      if (theirs === 0 || index * RECORD_WORDS + theirs > own) return true;
      lower.push(index);
    }
    return false;
  }
}
