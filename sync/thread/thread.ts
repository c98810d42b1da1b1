/**
 * Threads that can be lost: one record for each in shared memory.
 *
 * Whoever waits for another thread must find out when that thread is gone. The
 * words of locks, barriers and rings hold thread ids, and a waiter that depends
 * on a thread looks at its record at least every {@linkcode SLICE} ms. Nothing
 * needs to know who waits for whom: to lose a thread is to mark its record.
 *
 * The protocol is in the folder's README, "Thread records".
 *
 * @module
 */

import { allocate } from "../memory/arena.ts";
import { checkHandle, checkKind, type SharedHandle } from "../memory/handle.ts";
import { LINE, wordsOf } from "../memory/memory.ts";
import { perRealm, realm } from "./realm.ts";

/**
 * A thread: an index into the registry and the generation of that index.
 * Positive, and never the id of another thread of the same registry.
 */
export type ThreadId = number;

/** The longest sleep of a waiter before it looks at a record, in ms. */
export const SLICE = 100;

/** The processor of a thread that is not known. */
export const ANYWHERE = -1;

/** Words of a thread's record. */
export const RECORD_WORDS: number = LINE / 4;
const STATUS = 0; // generation << 2 | state
const PROCESSOR = 1;
/** The word of a record that counts knocks: see "Knocks" in the folder's README. */
export const KNOCKS = 2;
/** The first of the words of a record that are tickets, up to its end. */
export const TICKETS = 3;

const FREE = 0;
const LIVE = 1;
const LOST = 2;
const LEFT = 3;

const INDEX_BITS = 10;
const MAX_GENERATION = 0x1fffff;

/** The most threads that a registry can have at once. */
export const MAX_THREADS: number = 1 << INDEX_BITS;

/** The index that a thread id holds. */
export function indexOf(thread: ThreadId): number {
  return thread & (MAX_THREADS - 1);
}

/** The generation that a thread id holds. */
export function generationOf(thread: ThreadId): number {
  return thread >>> INDEX_BITS;
}

/** Names a {@linkcode ThreadRegistry} in a message. */
export interface ThreadRegistryHandle extends SharedHandle<"ThreadRegistry"> {
  /** How many records there are. */
  readonly capacity: number;
}

/**
 * The records of all threads of a program that work together.
 *
 * @example Usage
 * ```ts
 * import { ThreadRegistry } from "@kindred/kindred/sync";
 * import { assert, assertFalse } from "@std/assert";
 *
 * const threads = new ThreadRegistry(8);
 * const worker = threads.claim();
 * assert(threads.isLive(worker));
 * threads.markLost(worker);
 * assertFalse(threads.isLive(worker));
 * ```
 */
export class ThreadRegistry {
  /** Names this registry in a message. */
  readonly handle: ThreadRegistryHandle;
  readonly #words: Int32Array;

  /**
   * Makes a registry without any thread.
   *
   * @param capacity How many threads there may be at once, 1 to 1024.
   * @throws {RangeError} If the capacity is not an integer in that range.
   */
  constructor(capacity: number);
  /** Attaches to a registry that another thread made. */
  constructor(handle: ThreadRegistryHandle);
  constructor(source: number | ThreadRegistryHandle) {
    if (typeof source === "object") {
      this.handle = checkHandle("ThreadRegistry", source, () => {
        checkCapacity("attach to", source.capacity);
        return source.capacity * LINE;
      }) as ThreadRegistryHandle;
    } else {
      checkCapacity("create", source);
      const slice = allocate(source * LINE);
      this.handle = { kind: "ThreadRegistry", ...slice, capacity: source };
    }
    this.#words = wordsOf(
      this.handle,
      this.handle.capacity * RECORD_WORDS,
    );
  }

  /**
   * Attaches to a registry that another thread made.
   *
   * @throws {TypeError} If the handle is none, or one of another class.
   * @throws {RangeError} If the buffer is too small, the offset misaligned, or the
   * capacity that the handle says is none.
   */
  static from(handle: ThreadRegistryHandle): ThreadRegistry {
    return new ThreadRegistry(checkKind("ThreadRegistry", handle));
  }

  /**
   * Takes a free record for a thread that lives from now on.
   *
   * @returns The id of the thread.
   * @throws {RangeError} If no record is free.
   */
  claim(): ThreadId {
    for (let index = 0; index < this.handle.capacity; index++) {
      const at = index * RECORD_WORDS + STATUS;
      const status = Atomics.load(this.#words, at);
      if ((status & 3) !== FREE) continue;
      // Generation 0 is never given out, so no id is 0.
      const generation = ((status >>> 2) % MAX_GENERATION) + 1;
      const next = (generation << 2) | LIVE;
      if (Atomics.compareExchange(this.#words, at, status, next) !== status) {
        continue;
      }
      Atomics.store(
        this.#words,
        index * RECORD_WORDS + PROCESSOR,
        ANYWHERE,
      );
      return (generation << INDEX_BITS) | index;
    }
    throw new RangeError(
      `Cannot add a thread as all ${this.handle.capacity} records are taken`,
    );
  }

  /** Whether a thread neither left nor was lost. */
  isLive(thread: ThreadId): boolean {
    if (!this.#knows(thread)) return false;
    const status = Atomics.load(this.#words, this.#at(thread) + STATUS);
    return status === ((generationOf(thread) << 2) | LIVE);
  }

  /**
   * Marks a thread as lost: it ended without having left.
   *
   * @returns Whether this call did it: false if it had left or was lost before.
   */
  markLost(thread: ThreadId): boolean {
    return this.#change(thread, LIVE, LOST);
  }

  /** Marks a thread as gone in good order. Returns whether this call did it. */
  leave(thread: ThreadId): boolean {
    return this.#change(thread, LIVE, LEFT);
  }

  /**
   * Frees the record of a thread that was lost or left. Only for who knows that
   * the thread no longer runs: its index may be given out again at once.
   */
  retire(thread: ThreadId): boolean {
    return this.#change(thread, LOST, FREE) || this.#change(thread, LEFT, FREE);
  }

  /** The processor on which a thread runs, or {@linkcode ANYWHERE}. */
  processorOf(thread: ThreadId): number {
    if (!this.#knows(thread)) return ANYWHERE;
    return Atomics.load(this.#words, this.#at(thread) + PROCESSOR);
  }

  /** For the thread itself: tells the others where it runs. */
  setProcessor(thread: ThreadId, processor: number): void {
    if (!this.isLive(thread)) return;
    Atomics.store(this.#words, this.#at(thread) + PROCESSOR, processor);
  }

  /** Not so for an id of another registry, or none. */
  #knows(thread: ThreadId): boolean {
    return indexOf(thread) < this.handle.capacity;
  }

  #at(thread: ThreadId): number {
    return indexOf(thread) * RECORD_WORDS;
  }

  #change(thread: ThreadId, from: number, to: number): boolean {
    if (!this.#knows(thread)) return false;
    const base = generationOf(thread) << 2;
    return Atomics.compareExchange(
      this.#words,
      this.#at(thread) + STATUS,
      base | from,
      base | to,
    ) === (base | from);
  }
}

function checkCapacity(action: string, capacity: number): void {
  if (
    !Number.isInteger(capacity) || capacity < 1 || capacity > MAX_THREADS
  ) {
    throw new RangeError(
      `Cannot ${action} thread registry as 'capacity' must be an integer from 1 to ${MAX_THREADS}: received ${capacity}`,
    );
  }
}

/** Who this thread is. */
export interface CurrentThread {
  /** The records of the threads that this one works with. */
  readonly threads: ThreadRegistry;
  /** The id of this thread among them. */
  readonly id: ThreadId;
}

/**
 * Who this thread is. A thread that nobody introduced founds a registry of its
 * own; the threads that it starts then join it.
 */
export function currentThread(): CurrentThread {
  return perRealm("thread", () => {
    const threads = new ThreadRegistry(MAX_THREADS);
    return { threads, id: threads.claim() };
  });
}

/** Tells a new thread who it is, before it uses anything else of this folder. */
export function becomeThread(thread: CurrentThread): void {
  // An object of its own: what this thread keeps as such hangs on it.
  realm().state.set("thread", { ...thread });
}

/**
 * Whether to spin for a thread can pay: not if it runs on this processor, since
 * then it waits for us to sleep.
 */
export function runsElsewhere(thread: ThreadId): boolean {
  const { threads, id } = currentThread();
  const here = threads.processorOf(id);
  return here === ANYWHERE || threads.processorOf(thread) !== here;
}
