/**
 * A frame in shared memory that is replaced as a whole.
 *
 * There are two places for it. Who replaces it fills the one that is not in use, and
 * one store of the generation says that the frame is there: its lowest bit names the
 * place. So what there is is whole, wherever a thread is lost. The protocol is in the
 * folder's README, "Region values".
 *
 * @module
 */

import {
  LINE,
  partOf,
  type SharedSlice,
  wordsOf,
} from "../sync/memory/memory.ts";
import { WriterLock } from "../sync/value/writer_lock.ts";
import type { MemoryAffinity } from "./affinity.ts";
import { growTo } from "./node_memory.ts";

const GENERATION = 0;
const LOCK = LINE / 4;
const WORDS = LOCK + 1;

/** The most that a frame can take, in bytes. Memory, as far as it is used. */
export const MOST_OF_FRAME: number = 2 ** 26;

/** How much memory the words of a board take, in bytes. */
export const BOARD_SIZE: number = 2 * LINE;

/** A frame, and which one it is. */
export interface BoardFrame {
  /** Its generation; 0: there is none. */
  readonly generation: number;
  /** Its words. */
  readonly words: Int32Array;
}

const NOTHING: BoardFrame = { generation: 0, words: new Int32Array(0) };

/** Where a board is. */
export interface BoardPlace {
  /** Its words: zeros at first. */
  readonly head: SharedSlice;
  /** The two places for frames. */
  readonly places: readonly SharedArrayBuffer[];
}

/** A frame that is replaced as a whole. */
export class FrameBoard {
  readonly #words: Int32Array;
  readonly #lock: WriterLock;
  readonly #places: readonly SharedArrayBuffer[];

  /** Attaches to a board. */
  constructor({ head, places }: BoardPlace) {
    this.#words = wordsOf(head, WORDS);
    this.#lock = new WriterLock(this.#words, LOCK);
    this.#places = places;
  }

  /** Which frame there is; 0: none. */
  get generation(): number {
    return Atomics.load(this.#words, GENERATION);
  }

  /**
   * Replaces the frame.
   *
   * @param from Which frame is replaced; default: whichever there is.
   * @returns Whether it was.
   * @throws {RangeError} If it is too large.
   */
  write(frame: Int32Array, here: MemoryAffinity, from?: number): boolean {
    this.#lock.take();
    try {
      const { generation } = this;
      if (from !== undefined && generation !== from) return false;
      // 0 is none; and the place in use is not to be filled.
      const next = generation === -1 ? 2 : (generation + 1) | 0;
      putFrame(this.#places[next & 1]!, frame, here);
      Atomics.store(this.#words, GENERATION, next);
      return true;
    } finally {
      this.#lock.give();
    }
  }

  /** A copy of the frame. */
  read(): BoardFrame {
    this.#lock.take();
    try {
      const { generation } = this;
      if (generation === 0) return NOTHING;
      return { generation, words: getFrame(this.#places[generation & 1]!) };
    } finally {
      this.#lock.give();
    }
  }
}

/** Puts a frame into memory, and how long it is before it. */
export function putFrame(
  memory: SharedArrayBuffer,
  frame: Int32Array,
  here: MemoryAffinity,
): void {
  const { length } = frame;
  growTo(memory, 4 * (length + 1), here);
  const slice = { buffer: memory, byteOffset: 0 };
  wordsOf(slice, 1)[0] = length;
  wordsOf(partOf(slice, 4), length).set(frame);
}

/** A copy of the frame that is in some memory. */
export function getFrame(memory: SharedArrayBuffer): Int32Array {
  const slice = { buffer: memory, byteOffset: 0 };
  const length = wordsOf(slice, 1)[0]!;
  return Int32Array.from(wordsOf(partOf(slice, 4), length));
}
