/**
 * How threads add records to the open batch of a `BatchRing`.
 *
 * One at a time: who adds has the claim for a few instructions, and one store of the
 * tail makes its records part of the batch. So all before the tail is written, and
 * what a lost thread had not finished is not there.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import { SlotClaims } from "../queue/slot_claims.ts";
import type { RecordArray } from "../record/record.ts";
import { currentThread, type ThreadId } from "../thread/thread.ts";
import { CLAIM, HEAD, KNOWN, TAIL } from "./batch_layout.ts";
import type { BatchMemory } from "./batch_memory.ts";

/**
 * The pushing side of a ring, as one thread has it. Values were checked before.
 *
 * @typeParam T One record.
 */
export class BatchIntake<T> {
  readonly #memory: BatchMemory<T>;
  readonly #words: Int32Array;
  readonly #capacity: number;
  readonly #claims: SlotClaims;
  readonly #me: ThreadId;

  /** For a ring. */
  constructor(memory: BatchMemory<T>) {
    this.#memory = memory;
    this.#words = memory.words;
    this.#capacity = memory.mask + 1;
    this.#claims = new SlotClaims(memory.words);
    this.#me = currentThread().id;
  }

  /** Adds a record. Returns whether there was room. */
  offer(value: T, ticket: number): boolean {
    const tail = this.#claim();
    const hasRoom = this.#roomFor(tail, 1) > 0;
    if (hasRoom) {
      this.#memory.records.write(this.#memory.recordAt(tail), value);
      this.#sign(tail, ticket);
      this.#publish(tail + 1);
    }
    this.#giveBack();
    return hasRoom;
  }

  /** Adds as many numbers as there is room for; they come next to each other. */
  offerNumbers(values: RecordArray, ticket: number): number {
    const memory = this.#memory;
    const { length } = values;
    const tail = this.#claim();
    const count = Math.min(length, this.#roomFor(tail, length));
    const first = memory.beforeWrap(tail, count);
    memory.records.writeMany(memory.recordAt(tail), values, 0, first);
    memory.records.writeMany(
      memory.recordAt(tail + first),
      values,
      first,
      count,
    );
    this.#signMany(tail, ticket, count);
    this.#giveBack();
    return count;
  }

  /** The same for so many structs that were drafted in private words. */
  offerDrafts(drafts: Int32Array, length: number, ticket: number): number {
    const { type, records } = this.#memory;
    const tail = this.#claim();
    const count = Math.min(length, this.#roomFor(tail, length));
    for (let k = 0; k < count; k++) {
      const value = type.redraft(drafts, k * type.width);
      records.write(this.#memory.recordAt(tail + k), value);
    }
    this.#signMany(tail, ticket, count);
    this.#giveBack();
    return count;
  }

  /** Takes the right to add, or that of a lost thread. Returns the tail. */
  #claim(): number {
    const words = this.#words;
    let looks = 0;
    for (;;) {
      const seen = Atomics.compareExchange(words, CLAIM, 0, this.#claims.own);
      if (seen === 0) return Atomics.load(words, TAIL);
      looks = this.#claims.passOver(CLAIM, seen, looks);
    }
  }

  #giveBack(): void {
    Atomics.store(this.#words, CLAIM, 0);
  }

  /** How much room there is; looks anew unless so much is known of. */
  #roomFor(tail: number, count: number): number {
    const words = this.#words;
    const known = this.#capacity - ((tail - words[KNOWN]!) | 0);
    if (known >= count) return known;
    const head = Atomics.load(words, HEAD);
    words[KNOWN] = head;
    return this.#capacity - ((tail - head) | 0);
  }

  #sign(position: number, ticket: number): void {
    const at = this.#memory.senderAt(position);
    this.#words[at] = this.#me;
    this.#words[at + 1] = ticket;
  }

  #signMany(tail: number, ticket: number, count: number): void {
    for (let k = 0; k < count; k++) this.#sign(tail + k, ticket + k);
    if (count > 0) this.#publish(tail + count);
  }

  /** The records are in the open batch from here on. */
  #publish(tail: number): void {
    Atomics.store(this.#words, TAIL, tail | 0);
  }
}
