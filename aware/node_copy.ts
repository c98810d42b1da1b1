/**
 * The copy of a board's frame on one node.
 *
 * Whoever finds it old makes it anew, and the others of the node read what is near. The
 * protocol is in the folder's README, "Region values".
 *
 * @module
 */

import { LINE, type SharedSlice, wordsOf } from "../sync/memory/memory.ts";
import { WriterLock } from "../sync/value/writer_lock.ts";
import type { MemoryAffinity } from "./affinity.ts";
import {
  type BoardFrame,
  type FrameBoard,
  getFrame,
  putFrame,
} from "./frame_board.ts";

const GENERATION = 0;
const LOCK = 1;
const WORDS = 2;

/** How much memory the words of a copy take, in bytes. */
export const COPY_SIZE: number = LINE;

/** Where a copy is. */
export interface CopyPlace {
  /** Its words: zeros at first. */
  readonly head: SharedSlice;
  /** The place for the frame. */
  readonly memory: SharedArrayBuffer;
}

/** The frame of a board, near the threads of a node. */
export class NodeCopy {
  readonly #board: FrameBoard;
  readonly #words: Int32Array;
  readonly #lock: WriterLock;
  readonly #memory: SharedArrayBuffer;

  /** Attaches to a copy. */
  constructor(board: FrameBoard, { head, memory }: CopyPlace) {
    this.#board = board;
    this.#words = wordsOf(head, WORDS);
    this.#lock = new WriterLock(this.#words, LOCK);
    this.#memory = memory;
  }

  /**
   * A copy of the frame, which is the board's at some moment of this call.
   *
   * @param here Where this thread is: on the node.
   */
  read(here: MemoryAffinity): BoardFrame {
    this.#lock.take();
    try {
      const known = Atomics.load(this.#words, GENERATION);
      if (known !== 0 && known === this.#board.generation) {
        return { generation: known, words: getFrame(this.#memory) };
      }
      // Should this thread be lost here, nobody takes half a frame for a whole one.
      Atomics.store(this.#words, GENERATION, 0);
      const frame = this.#board.read();
      putFrame(this.#memory, frame.words, here);
      Atomics.store(this.#words, GENERATION, frame.generation);
      return frame;
    } finally {
      this.#lock.give();
    }
  }
}
