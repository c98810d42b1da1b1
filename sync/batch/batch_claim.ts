/**
 * How threads add records to the open batch of a ring, one at a time.
 *
 * Who adds has the claim for a few instructions, and one store of the tail makes its
 * records part of the batch. So all before the tail is written, and what a lost
 * thread had not finished is not there.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import type { SharedSlice } from "../memory/memory.ts";
import { giveWay } from "../thread/backoff.ts";
import {
  currentThread,
  indexOf,
  type ThreadId,
  type ThreadRegistry,
} from "../thread/thread.ts";
import { HEAD, KNOWN, PUSHERS, TAIL } from "./batch_layout.ts";
import type { BatchMemory } from "./batch_memory.ts";
import { type ClaimWord, HOLDER, holderOf } from "./claim_word.ts";

/** What never stands in the word: there is no such holder. */
const NEVER = -1;

/** The rings that this thread is in the middle of a write to. */
const inside: SharedSlice[] = [];

/** The right to add records, as one thread takes it. */
export class BatchClaim {
  readonly #memory: BatchMemory<unknown>;
  readonly #words: Int32Array;
  readonly #capacity: number;
  readonly #word: ClaimWord;
  readonly #threads: ThreadRegistry;
  readonly #me: ThreadId;
  /** Says who has this thread's index, before that has the claim. */
  readonly #pusher: number;
  /** What stands in the word while this thread has the claim. */
  readonly #holder: number;
  /** The word as it was before this thread took the claim, or after it gave it back. */
  #last = NEVER;

  /** For a ring. */
  constructor(memory: BatchMemory<unknown>) {
    const { id, threads } = currentThread();
    this.#memory = memory;
    this.#words = memory.words;
    this.#capacity = memory.mask + 1;
    this.#word = memory.claimWord;
    this.#threads = threads;
    this.#me = id;
    this.#pusher = PUSHERS + indexOf(id);
    this.#holder = indexOf(id) + 1;
  }

  /** Takes the right to add, or that of a lost thread. Returns the tail. */
  take(): number {
    const words = this.#words;
    // In a stream of one thread the word is as that left it.
    let seen = this.#last;
    for (let looks = 0;;) {
      const claimed = seen | this.#holder;
      const found = Atomics.compareExchange(words, TAIL, seen, claimed);
      if (found === seen) break;
      if (seen === NEVER) Atomics.store(words, this.#pusher, this.#me);
      seen = found;
      while (holderOf(seen) !== 0) {
        this.#passOver(seen, looks++);
        seen = Atomics.load(words, TAIL);
      }
    }
    this.#last = seen;
    return this.#word.tailFrom(this.known, seen);
  }

  /**
   * Gives it back: so many records from the tail on are in the open batch. Wakes the
   * consumer if it waits for them.
   */
  giveBack(tail: number, count: number): void {
    const words = this.#words;
    if (count === 0) {
      Atomics.and(words, TAIL, ~HOLDER);
      return;
    }
    const word = this.#word;
    const next = word.moved(this.#last, tail + count);
    this.#last = next;
    const found = Atomics.exchange(words, TAIL, next);
    if ((found & word.awaited) !== 0) this.#memory.items.signal();
  }

  /**
   * Has the caller fill a frame while this thread has the claim: it must not take that
   * once more.
   */
  during(
    write: (bytes: Uint8Array, start: number) => void,
    bytes: Uint8Array,
    start: number,
  ): void {
    inside.push(this.#memory.handle);
    try {
      write(bytes, start);
    } finally {
      inside.pop();
    }
  }

  /** The head, as it was when a pushing thread last looked. */
  get known(): number {
    return this.#words[KNOWN]!;
  }

  /** Looks at the head. Returns it. */
  look(): number {
    return this.#words[KNOWN] = Atomics.load(this.#words, HEAD);
  }

  /** How many records there is room for; looks anew unless so many are known of. */
  roomFor(tail: number, count: number): number {
    const known = this.#capacity - ((tail - this.known) | 0);
    if (known >= count) return known;
    return this.#capacity - ((tail - this.look()) | 0);
  }

  /** Writes who pushes a record, and with which ticket. */
  sign(position: number, ticket: number): void {
    const at = this.#memory.senderAt(position);
    this.#words[at] = this.#me;
    this.#words[at + 1] = ticket;
  }

  /** The same for many, whose tickets follow each other. */
  signMany(tail: number, count: number, ticket: number): void {
    for (let k = 0; k < count; k++) this.sign(tail + k, ticket + k);
  }

  /** Lets the thread go on that has the claim, or takes it from a lost one. */
  #passOver(seen: number, looks: number): void {
    const holder = holderOf(seen);
    if (holder === this.#holder) {
      this.#checkIdle();
      // This thread was cut off, as by a stack that is full.
      return this.#standIn(seen);
    }
    const thread = Atomics.load(this.#words, PUSHERS + holder - 1);
    if (this.#threads.isLive(thread)) giveWay(this.#words, TAIL, seen, looks);
    else this.#standIn(seen);
  }

  /** What the lost one had not published is not there. */
  #standIn(seen: number): void {
    const next = this.#word.freed(seen);
    Atomics.compareExchange(this.#words, TAIL, seen, next);
  }

  #checkIdle(): void {
    const { buffer, byteOffset } = this.#memory.handle;
    const isInside = inside.some((ring) =>
      ring.buffer === buffer && ring.byteOffset === byteOffset
    );
    if (!isInside) return;
    throw new TypeError(
      "Cannot push in the middle of a write to the same ring of batches",
    );
  }
}
