/**
 * What all threads know of a shared queue, besides its rings.
 *
 * The protocol is in the folder's README.
 *
 * @module
 */

import { allocate } from "../../sync/memory/arena.ts";
import {
  checkHandle,
  checkKind,
  type SharedHandle,
} from "../../sync/memory/handle.ts";
import { LINE, wordsOf } from "../../sync/memory/memory.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { LOAN_WORDS, Loans, MOST_LOANS } from "./loans.ts";

/** 1: the queue takes no more tasks. */
const CLOSED = 0;
/** The first word of the loans. */
const LOANS = LINE / 4;
/** For each lane: how many workers have had it so far. */
const TERMS = LOANS + MOST_LOANS * LOAN_WORDS;

/** Names the memory of a queue in a message. */
export interface QueueMemoryHandle extends SharedHandle<"QueueMemory"> {
  /** How many lanes the queue has. */
  readonly lanes: number;
}

/** The words of a queue. */
export class QueueMemory {
  readonly handle: QueueMemoryHandle;
  readonly #words: Int32Array;
  /** Which batches other threads read. */
  readonly loans: Loans;

  /** Attaches to the words of a queue. */
  constructor(handle: QueueMemoryHandle) {
    const length = TERMS + handle.lanes;
    checkHandle("QueueMemory", handle, () => 4 * length);
    this.handle = handle;
    this.#words = wordsOf(handle, length);
    this.loans = new Loans(this.#words, LOANS, currentThread().threads);
  }

  /** Those of a new queue. */
  static allocate(lanes: number): QueueMemory {
    const slice = allocate(4 * (TERMS + lanes));
    return new QueueMemory({ kind: "QueueMemory", ...slice, lanes });
  }

  /** Attaches to the words of a queue that another thread made. */
  static from(handle: QueueMemoryHandle): QueueMemory {
    return new QueueMemory(checkKind("QueueMemory", handle));
  }

  /** Whether the queue takes no more tasks. */
  get isClosed(): boolean {
    return Atomics.load(this.#words, CLOSED) === 1;
  }

  /** It takes no more. Returns whether this call did it. */
  close(): boolean {
    return Atomics.exchange(this.#words, CLOSED, 1) === 0;
  }

  /** Which term of a lane this is: 0 before the first worker has it. */
  termOf(lane: number): number {
    return Atomics.load(this.#words, TERMS + lane);
  }

  /** A worker begins a term, which has the number that this gives. */
  begin(lane: number): number {
    return (Atomics.add(this.#words, TERMS + lane, 1) + 1) | 0;
  }
}
