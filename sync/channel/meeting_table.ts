/**
 * The table of those who wait in a rendezvous.
 *
 * The protocol is in the folder's README, "Rendezvous".
 *
 * @module
 */

import { EVENT_COUNT_SIZE } from "../thread/event_count.ts";
import type { Knocks } from "../thread/knocks.ts";
import { bytesOf, LINE, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { indexOf, RECORD_WORDS, TICKETS } from "../thread/thread.ts";
import { chosenIn, isWaiting } from "./tickets.ts";

// In words. Before it stands the lock, three lines.
const SEALED = 3 * LINE / 4; //  1 once nobody meets any more
const ORDER = SEALED + 1; //     how many have come, modulo 2^32
const USED = SEALED + 2; //      entries of a side that were ever used: two words
const CHANGED = 4 * LINE / 4; // an event count
const TABLE = CHANGED + EVENT_COUNT_SIZE / 4;

/** Where the event count stands of those who are not in the table, in bytes. */
export const CHANGED_AT: number = 4 * CHANGED;

// Of an entry.
const OWNER = 0; //   the thread that waits, or 0
const PLACE = 1; //   0: the ticket is in the entry; else its number
/** The word of an entry that is a ticket. */
export const TICKET = 2;
const WAITS = 3; //   what the ticket is while the entry counts
const ARM = 4; //     what the ticket says when this entry was chosen
const CAME = 5; //    the oldest one is chosen first
const SIZE = 6; //    of the message, in bytes
const OFFSET = 7; //  of the message, in bytes from the slice on
const MESSAGE = 8; // room for a short one

/** How many of a side can stand in the table. */
const ENTRIES = 64;
/** Up to so many bytes, a loop is quicker than a call. */
const SHORT = 48;

/** The side of those who send. */
export const SENDERS = 0;
/** The side of those who receive. */
export const RECEIVERS = 1;
/** One of {@linkcode SENDERS} and {@linkcode RECEIVERS}. */
export type Side = typeof SENDERS | typeof RECEIVERS;

/** There is no such entry. */
export const NOBODY = -1;

/** How much memory there is for messages. */
export interface MeetingRoom {
  /** Bytes of the longest message that stands in an entry. */
  readonly short: number;
  /** Bytes for all longer ones of a side. */
  readonly long: number;
}

/** Who comes to the table, and how it can be met. */
export interface Candidate {
  /** The number of its ticket; 0 for that of the entry. */
  readonly place: number;
  /** What the ticket is while it waits. */
  readonly waiting: number;
  /** In which arm it can be met here. */
  readonly arm: number;
}

/** The memory that a table takes, with what stands before it, in bytes. */
export function tableSize({ short, long }: MeetingRoom): number {
  const table = 4 * (TABLE + 2 * ENTRIES * entrySize(short));
  return Math.ceil((table + 2 * long) / LINE) * LINE;
}

/** Words of an entry: whole lines. */
function entrySize(short: number): number {
  return Math.ceil((4 * MESSAGE + short) / LINE) * (LINE / 4);
}

/** Entries of those who wait, with their messages. Changed under a lock. */
export class MeetingTable {
  /** The words of the table. */
  readonly words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #knocks: Knocks;
  readonly #short: number;
  readonly #long: number;
  /** Words of an entry. */
  readonly #entry: number;
  /** Where long messages stand, in bytes: those of senders first. */
  readonly #hall: number;

  /** Attaches to a table; zeroed memory is one where nobody is. */
  constructor(slice: SharedSlice, room: MeetingRoom, knocks: Knocks) {
    const size = tableSize(room);
    this.words = wordsOf(slice, size / 4);
    this.#bytes = bytesOf(slice, size);
    this.#knocks = knocks;
    this.#short = room.short;
    this.#long = room.long;
    this.#entry = entrySize(room.short);
    this.#hall = 4 * (TABLE + 2 * ENTRIES * this.#entry);
  }

  /** Whether nobody meets any more. */
  get isSealed(): boolean {
    return Atomics.load(this.words, SEALED) !== 0;
  }

  /** From now on nobody meets. */
  seal(): void {
    Atomics.store(this.words, SEALED, 1);
  }

  /** How many entries of a side were ever used. */
  used(side: Side): number {
    return Atomics.load(this.words, USED + side);
  }

  /** An entry of a side. */
  at(side: Side, k: number): number {
    return TABLE + (side * ENTRIES + k) * this.#entry;
  }

  /** The thread that has an entry, or 0. */
  ownerOf(at: number): number {
    return Atomics.load(this.words, at + OWNER);
  }

  /** The number of the ticket of an entry's owner; 0 for the entry's own. */
  placeOf(at: number): number {
    return Atomics.load(this.words, at + PLACE);
  }

  /** Whether an entry is one of somebody who can be chosen. Takes no lock. */
  waits(at: number): boolean {
    const owner = this.ownerOf(at);
    if (owner === 0) return false;
    const place = this.placeOf(at);
    const waiting = Atomics.load(this.words, at + WAITS);
    const ticket = place === 0
      ? Atomics.load(this.words, at + TICKET)
      : Atomics.load(this.#knocks.records, recordAt(owner, place));
    return ticket === waiting && isWaiting(ticket);
  }

  /** Whether an entry is of the select that has this ticket. */
  isOwn(at: number, place: number): boolean {
    return place !== 0 &&
      this.placeOf(at) === place && this.ownerOf(at) === this.#knocks.id;
  }

  /** Whether the owner of an entry lives; else the entry is free. */
  isLive(at: number): boolean {
    const owner = this.ownerOf(at);
    if (owner === 0) return false;
    if (this.#knocks.threads.isLive(owner)) return true;
    Atomics.compareExchange(this.words, at + OWNER, owner, 0);
    return false;
  }

  /** The oldest one who waits on a side; `NOBODY`. */
  find(side: Side): number {
    for (;;) {
      let oldest = NOBODY;
      const used = this.used(side);
      for (let k = 0; k < used; k++) {
        const at = this.at(side, k);
        if (!this.waits(at)) continue;
        if (oldest === NOBODY || this.#cameBefore(at, oldest)) oldest = at;
      }
      if (oldest === NOBODY || this.isLive(oldest)) return oldest;
    }
  }

  /**
   * Meets the owner of an entry, if nobody has done so elsewhere.
   *
   * @returns The index of its thread, or `NOBODY`.
   */
  choose(at: number): number {
    const owner = this.ownerOf(at);
    // It has given up and left meanwhile, which takes no lock.
    if (owner === 0) return NOBODY;
    const place = this.placeOf(at);
    const waiting = Atomics.load(this.words, at + WAITS);
    const chosen = chosenIn(waiting, this.words[at + ARM]!);
    const seen = place === 0
      ? Atomics.compareExchange(this.words, at + TICKET, waiting, chosen)
      : Atomics.compareExchange(
        this.#knocks.records,
        recordAt(owner, place),
        waiting,
        chosen,
      );
    return seen === waiting ? indexOf(owner) : NOBODY;
  }

  /**
   * Takes a free entry, which does not count yet, and puts a message into it.
   *
   * @returns The entry, or `NOBODY` if there is no room.
   */
  take(side: Side, message: Uint8Array | undefined): number {
    const at = this.#vacancy(side);
    if (at === NOBODY) return NOBODY;
    this.forgetMessage(at);
    if (message !== undefined && !this.copyIn(at, message)) return NOBODY;
    this.words[at + CAME] = Atomics.add(this.words, ORDER, 1);
    return at;
  }

  /** Says how the owner of an entry can be met. */
  describe(at: number, { place, waiting, arm }: Candidate): void {
    Atomics.store(this.words, at + WAITS, waiting);
    Atomics.store(this.words, at + PLACE, place);
    this.words[at + ARM] = arm;
  }

  /** From now on an entry counts, if its ticket says so. */
  own(at: number): void {
    Atomics.store(this.words, at + OWNER, this.#knocks.id);
  }

  /** Leaves an entry. It is not to be met any more. */
  leave(at: number): void {
    Atomics.compareExchange(this.words, at + OWNER, this.#knocks.id, 0);
  }

  /** Puts a message into an entry, or says that there is no room for it. */
  copyIn(at: number, message: Uint8Array): boolean {
    const { length } = message;
    let offset = 4 * (at + MESSAGE);
    if (length > this.#short) {
      offset = this.#roomFor(at, length);
      if (offset < 0) return false;
    }
    const bytes = this.#bytes;
    if (length <= SHORT) {
      for (let k = 0; k < length; k++) bytes[offset + k] = message[k]!;
    } else bytes.set(message, offset);
    this.words[at + OFFSET] = offset;
    this.words[at + SIZE] = length;
    return true;
  }

  /** Copies the message of an entry. */
  copyOut(at: number, room: Uint8Array): void {
    const bytes = this.#bytes;
    const length = this.lengthAt(at);
    const offset = this.words[at + OFFSET]! >>> 0;
    if (length <= SHORT) {
      for (let k = 0; k < length; k++) room[k] = bytes[offset + k]!;
    } else room.set(bytes.subarray(offset, offset + length));
  }

  /** How long the message of an entry is, in bytes. */
  lengthAt(at: number): number {
    return this.words[at + SIZE]!;
  }

  /** There is no message in an entry. */
  forgetMessage(at: number): void {
    this.words[at + SIZE] = 0;
  }

  #cameBefore(at: number, other: number): boolean {
    return ((this.words[at + CAME]! - this.words[other + CAME]!) | 0) < 0;
  }

  #vacancy(side: Side): number {
    const used = this.used(side);
    for (let k = 0; k < used; k++) {
      if (this.ownerOf(this.at(side, k)) === 0) return this.at(side, k);
    }
    if (used < ENTRIES) {
      Atomics.store(this.words, USED + side, used + 1);
      return this.at(side, used);
    }
    for (let k = 0; k < used; k++) {
      if (!this.isLive(this.at(side, k))) return this.at(side, k);
    }
    return NOBODY;
  }

  /**
   * The first gap between the long messages of a side; there are few of these. A
   * side has room of its own: the message of a sender that waits must not keep
   * one from a receiver, which may be the same select.
   */
  #roomFor(own: number, length: number): number {
    const taken: { from: number; to: number }[] = [];
    const side = own < this.at(RECEIVERS, 0) ? SENDERS : RECEIVERS;
    const used = this.used(side);
    for (let k = 0; k < used; k++) {
      const at = this.at(side, k);
      if (at === own || !this.isLive(at)) continue;
      const size = this.lengthAt(at);
      if (size <= this.#short) continue;
      const from = this.words[at + OFFSET]! >>> 0;
      taken.push({ from, to: from + size });
    }
    taken.sort((a, b) => a.from - b.from);
    const start = this.#hall + side * this.#long;
    let offset = start;
    for (const { from, to } of taken) {
      if (offset + length <= from) break;
      offset = to;
    }
    return offset + length <= start + this.#long ? offset : NOBODY;
  }
}

/** Where a ticket stands among the records of all threads. */
function recordAt(owner: number, place: number): number {
  return indexOf(owner) * RECORD_WORDS + TICKETS + place - 1;
}
