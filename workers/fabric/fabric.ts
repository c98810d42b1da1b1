/**
 * The fabric: the shared buffer that holds the mailboxes of a runtime.
 *
 * It is laid out by consumer, so that all that a thread reads lies together:
 * first who has which slot and which post, and for whom each thread waits, then
 * for each slot its doorbell and the rings of all others to it. All offsets follow from the slots, so nobody has to be told
 * where a ring is; and a ring that nobody uses costs address space only.
 *
 * @module
 */

import { frameRingSize } from "../../sync/queue/frame_ring.ts";
import { DOORBELL_SIZE } from "../../sync/mail/doorbell.ts";
import { LINE, type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import { livesOf } from "../life/life.ts";

const PAGE = 4096;
const LARGEST_RING = 128 * 1024;
const SMALLEST_RING = 8 * 1024;
/** The address space that the rings of one runtime may take. */
const ADDRESS_SPACE = 512 * 1024 * 1024;

/** Names a fabric in a message. */
export interface FabricHandle {
  /** Names the fabric, and so the runtime, among all. */
  readonly id: string;
  /** What the names of the locks begin with that its threads hold while they live. */
  readonly lives: string;
  /** The buffer. */
  readonly buffer: SharedArrayBuffer;
  /** How many threads can take part at once. */
  readonly slots: number;
  /** What one ring holds, in bytes. */
  readonly ringCapacity: number;
}

// Who has a slot: the thread, and how often the slot was given out.
const WORDS_PER_SLOT = 2;
const THREAD = 0;
const GENERATION = 1;

/**
 * What a post has: a thread, one that is to get nothing new, none for the moment,
 * none any more.
 */
export type PostState = "running" | "paused" | "replacing" | "failed";

// Of each post: its state, the slot of its thread and the generation of that.
const POST_STATES: readonly PostState[] = [
  "replacing",
  "running",
  "failed",
  "paused",
];
const STATE_MASK = 3;
const SLOT_SHIFT = 2;
const SLOT_MASK = 0x3ff;
const GENERATION_SHIFT = 12;

/** The state that a post's word holds. */
export function postState(word: number): PostState {
  return POST_STATES[word & STATE_MASK]!;
}

/** The slot that a post's word holds; -1: its post has no thread. */
export function postSlot(word: number): number {
  // In both states in which there is a thread, the lowest bit is set.
  return (word & 1) === 1 ? (word >>> SLOT_SHIFT) & SLOT_MASK : -1;
}

/** Whether two words of a post name the same thread. */
export function sameThread(one: number, other: number): boolean {
  return (one & other & 1) === 1 && (one ^ other) >>> SLOT_SHIFT === 0;
}

/** Where everything is in a fabric. */
export class Fabric {
  /** Names this fabric in a message. */
  readonly handle: FabricHandle;
  readonly #occupants: Int32Array;
  /** The size, where this thread is the one that says it. */
  #said: number | undefined = undefined;
  readonly #posts: Int32Array;
  readonly #headerSize: number;
  readonly #mailboxSize: number;

  /** Attaches to a fabric. */
  constructor(handle: FabricHandle) {
    this.handle = handle;
    const { slots, ringCapacity } = handle;
    this.#headerSize = headerSize(slots);
    this.#mailboxSize = mailboxSize(slots, ringCapacity);
    const { buffer } = handle;
    this.#occupants = wordsOf(
      { buffer, byteOffset: 0 },
      WORDS_PER_SLOT * slots,
    );
    this.#posts = wordsOf(
      { buffer, byteOffset: 4 * WORDS_PER_SLOT * slots },
      slots + 1,
    );
  }

  /** How many workers there are: those with a lower index. */
  get size(): number {
    // Whoever says it knows it, without a load for each call.
    return this.#said ?? Atomics.load(this.#posts, this.slots);
  }

  /** For the starting thread: says how many workers there are. */
  setSize(size: number): void {
    this.#said = size;
    Atomics.store(this.#posts, this.slots, size);
  }

  /** Makes a fabric for this many threads. */
  static allocate(slots: number): Fabric {
    let ringCapacity = LARGEST_RING;
    while (
      ringCapacity > SMALLEST_RING &&
      slots * mailboxSize(slots, ringCapacity) > ADDRESS_SPACE
    ) ringCapacity /= 2;
    const byteLength = headerSize(slots) +
      slots * mailboxSize(slots, ringCapacity);
    // A growable buffer is a mapping of its own, aligned to pages.
    const buffer = new SharedArrayBuffer(byteLength, {
      maxByteLength: byteLength,
    });
    const id = crypto.randomUUID();
    const lives = livesOf(currentThread().threads);
    return new Fabric({ id, lives, buffer, slots, ringCapacity });
  }

  /** How many threads can take part at once. */
  get slots(): number {
    return this.handle.slots;
  }

  /** Which thread has a slot; 0 if none has. */
  occupant(slot: number): ThreadId {
    return Atomics.load(this.#occupants, WORDS_PER_SLOT * slot + THREAD);
  }

  /** How often a slot was given out. */
  generation(slot: number): number {
    return Atomics.load(this.#occupants, WORDS_PER_SLOT * slot + GENERATION);
  }

  /**
   * Gives a slot to a thread. Only the starting thread does, and only when the
   * former one no longer runs.
   */
  occupy(slot: number, thread: ThreadId): void {
    const at = WORDS_PER_SLOT * slot;
    Atomics.store(this.#occupants, at + THREAD, thread);
    Atomics.add(this.#occupants, at + GENERATION, 1);
  }

  /**
   * Who has a post, in one word that is never the same for two threads:
   * see {@linkcode postState} and {@linkcode postSlot}.
   */
  post(index: number): number {
    return Atomics.load(this.#posts, index);
  }

  /** For the starting thread: says who has a post. */
  setPost(index: number, state: PostState, slot: number = 0): void {
    const word = POST_STATES.indexOf(state) | (slot << SLOT_SHIFT) |
      (this.generation(slot) << GENERATION_SHIFT);
    Atomics.store(this.#posts, index, word);
  }

  /** For whom threads wait while they block: a line for each slot, and one more. */
  waits(): SharedSlice {
    const { buffer, slots } = this.handle;
    return { buffer, byteOffset: waitsOffset(slots) };
  }

  /** Where the mailbox of a slot is in the buffer: on pages of its own. */
  mailbox(slot: number): { byteOffset: number; byteLength: number } {
    const { byteOffset } = this.#slice(slot, 0);
    return { byteOffset, byteLength: this.#mailboxSize };
  }

  /** The doorbell of a slot. */
  doorbell(slot: number): SharedSlice {
    return this.#slice(slot, 0);
  }

  /** The ring from one slot to another. */
  ring(producer: number, consumer: number): SharedSlice {
    const { ringCapacity } = this.handle;
    return this.#slice(
      consumer,
      DOORBELL_SIZE + producer * frameRingSize(ringCapacity),
    );
  }

  #slice(slot: number, offset: number): SharedSlice {
    return {
      buffer: this.handle.buffer,
      byteOffset: this.#headerSize + slot * this.#mailboxSize + offset,
    };
  }
}

function waitsOffset(slots: number): number {
  return roundUp(4 * (WORDS_PER_SLOT + 1) * slots + 4, LINE);
}

function headerSize(slots: number): number {
  return roundUp(waitsOffset(slots) + LINE * (slots + 1), PAGE);
}

function mailboxSize(slots: number, ringCapacity: number): number {
  return roundUp(DOORBELL_SIZE + slots * frameRingSize(ringCapacity), PAGE);
}

function roundUp(size: number, unit: number): number {
  return Math.ceil(size / unit) * unit;
}
