/**
 * The commons of a runtime: what all of its threads know of the data that they
 * own. May it still be used, and who uses it that is no thread of the runtime?
 *
 * The protocol is in the folder's README, "Commons".
 *
 * @module
 */

import { allocate } from "../../sync/memory/arena.ts";
import {
  privateWords,
  type SharedSlice,
  wordsOf,
} from "../../sync/memory/memory.ts";
import { SLICE } from "../../sync/thread/thread.ts";
import type { Deadline } from "../../sync/thread/timeout.ts";
import { waitForAsync } from "../../sync/thread/wait.ts";
import { isTimeout, RuntimeClosedError } from "../errors.ts";

/** Names the commons of a runtime in a message. */
export interface CommonsHandle {
  /** Names the runtime among all. */
  readonly id: string;
  /** The memory; undefined where there is no shared memory, and so one thread. */
  readonly memory: SharedSlice | undefined;
  /** How many guests there can be at once. */
  readonly places: number;
  /** How many workers there are. */
  readonly workers: number;
}

/** Unless another number is given. */
const MOST_GUESTS = 224;

const STATE = 0;
const NEWS = 1;
const LAST_GUEST = 2;
const PLACES = 32;

const OPEN = 0;
const SEALED = 1;
const CLOSED = 2;

/** A thread that uses data of a runtime and is none of its threads. */
export interface Guest {
  /** Its number: never that of another one of the runtime. */
  readonly id: number;
  /** Where that is noted. */
  readonly place: number;
}

/** The commons of a runtime, as one thread sees it. */
export class Commons {
  /** Names it in a message. */
  readonly handle: CommonsHandle;
  readonly #words: Int32Array;
  readonly #end: number;

  /** Attaches to the commons of a runtime. */
  constructor(handle: CommonsHandle) {
    this.handle = handle;
    this.#end = PLACES + handle.places;
    const length = this.#end + handle.workers;
    this.#words = handle.memory === undefined
      ? privateWords(length)
      : wordsOf(handle.memory, length);
  }

  /**
   * Makes the commons of a new runtime.
   *
   * @param workers How many workers there are.
   * @param places How many guests there can be at once.
   */
  static allocate(workers: number, places: number = MOST_GUESTS): Commons {
    const id = crypto.randomUUID();
    const memory = typeof SharedArrayBuffer === "function"
      ? allocate(4 * (PLACES + places + workers))
      : undefined;
    return new Commons({ id, memory, places, workers });
  }

  /** Names the runtime among all. */
  get id(): string {
    return this.handle.id;
  }

  /** Whether what threads of the runtime own may be gone. */
  get isClosed(): boolean {
    return Atomics.load(this.#words, STATE) === CLOSED;
  }

  /** All threads have met: from now on each may let go of what it owns. */
  close(): void {
    Atomics.store(this.#words, STATE, CLOSED);
  }

  /** For a worker: says whether it has begun, and not ended, to dispose something. */
  setDisposing(worker: number, isDisposing: boolean): void {
    Atomics.store(this.#words, this.#end + worker, isDisposing ? 1 : 0);
  }

  /** Whether a worker disposes something, or was lost while it did. */
  isDisposing(worker: number): boolean {
    return Atomics.load(this.#words, this.#end + worker) === 1;
  }

  /** A number for a new guest. */
  nextGuest(): number {
    return Atomics.add(this.#words, LAST_GUEST, 1) + 1;
  }

  /**
   * Keeps the runtime from letting go of anything.
   *
   * @throws {RuntimeClosedError} If all of its tasks have ended.
   * @throws {RangeError} If there are too many guests.
   */
  enter(id: number): Guest {
    for (let place = PLACES; place < this.#end; place++) {
      if (Atomics.compareExchange(this.#words, place, 0, id) !== 0) continue;
      const guest = { id, place };
      // Who closes sets the state and then looks at the places: one sees the other.
      if (Atomics.load(this.#words, STATE) === OPEN) return guest;
      this.leave(guest);
      throw new RuntimeClosedError("use reference");
    }
    throw new RangeError(
      `Cannot use reference as ${this.handle.places} others are used outside of the runtime's threads: dispose some`,
    );
  }

  /** Undoes {@linkcode enter}. */
  leave({ id, place }: Guest): void {
    if (Atomics.compareExchange(this.#words, place, id, 0) !== id) return;
    Atomics.add(this.#words, NEWS, 1);
    Atomics.notify(this.#words, NEWS);
  }

  /** Who is there. */
  guests(): Guest[] {
    const guests: Guest[] = [];
    for (let place = PLACES; place < this.#end; place++) {
      const id = Atomics.load(this.#words, place);
      if (id !== 0) guests.push({ id, place });
    }
    return guests;
  }

  /**
   * Takes no more guests, and waits until all have left.
   *
   * @param deadline How long to wait at most.
   * @param gone Which of them have ended without leaving.
   * @returns Whether none is there.
   */
  async whenLeft(
    deadline: Pick<Deadline, "passed" | "slice">,
    gone: (guests: Guest[]) => Promise<Guest[]>,
  ): Promise<boolean> {
    Atomics.compareExchange(this.#words, STATE, OPEN, SEALED);
    while (!await this.#left(deadline)) {
      if (deadline.passed) return false;
      for (const guest of await gone(this.guests())) this.leave(guest);
    }
    return true;
  }

  /** Waits for a slice at most. */
  async #left(deadline: Pick<Deadline, "slice">): Promise<boolean> {
    if (this.guests().length === 0) return true;
    try {
      await waitForAsync({
        words: this.#words,
        index: NEWS,
        action: "wait for guests",
        look: () => this.guests().length === 0 ? "over" : "sleep",
      }, { timeout: deadline.slice(SLICE) });
      return true;
    } catch (error) {
      if (isTimeout(error)) return false;
      throw error;
    }
  }
}
