/**
 * The memory of an injection: what is where.
 *
 * @module
 */

import { IdleThreads, idleThreadsSize } from "../../sync/mail/idle_threads.ts";
import { injectorSize } from "../../sync/mail/injector.ts";
import {
  PLACES,
  TaskCells,
  taskCellsSize,
} from "../../sync/mail/task_cells.ts";
import { LINE, type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";

const PAGE = 4096;

/** Names an injection in a message. */
export interface InjectionHandle {
  /** The buffer. */
  readonly buffer: SharedArrayBuffer;
  /** How many threads can take part at once. */
  readonly slots: number;
  /** How many tasks of one thread can be under way at once, a power of two. */
  readonly places: number;
  /** Bytes for urgent frames, and for others. */
  readonly reserve: readonly [urgent: number, normal: number];
}

/** How large an injection is. */
export interface InjectionSize {
  /**
   * How many tasks of one thread can be under way at once, a power of two.
   * Default: 2^20.
   */
  readonly places?: number;
  /** Bytes for urgent frames, and for others: address space. */
  readonly reserve?: readonly [urgent: number, normal: number];
}

/** The parts of an injection, in one buffer. */
export class InjectionMemory {
  readonly #handle: InjectionHandle;

  /** Attaches to a buffer. */
  constructor(handle: InjectionHandle) {
    this.#handle = handle;
  }

  /** Makes a buffer for so many threads, all zero. */
  static allocate(
    slots: number,
    { places = PLACES, reserve = [2 ** 27, 2 ** 28] }: InjectionSize = {},
  ): InjectionHandle {
    const size = cellsAt(slots, reserve) + slots * taskCellsSize(places);
    // A growable buffer is a mapping of its own, aligned to pages.
    const buffer = new SharedArrayBuffer(size, { maxByteLength: size });
    return { buffer, slots, places, reserve };
  }

  /** Threads in one state, of three that there are. */
  threads(state: 0 | 1 | 2): IdleThreads {
    const { slots } = this.#handle;
    return new IdleThreads(this.#at(state * idleThreadsSize(slots)), slots);
  }

  /** Counts what was published. */
  publications(): Int32Array {
    return wordsOf(this.#at(3 * idleThreadsSize(this.#handle.slots)), 1);
  }

  /** The frames. */
  injector(): SharedSlice {
    return this.#at(injectorAt(this.#handle.slots));
  }

  /** The cells of the tasks of the thread in a slot. */
  cells(slot: number): TaskCells {
    const { slots, places, reserve } = this.#handle;
    const at = cellsAt(slots, reserve) + slot * taskCellsSize(places);
    return new TaskCells(this.#at(at), places);
  }

  #at(byteOffset: number): SharedSlice {
    return { buffer: this.#handle.buffer, byteOffset };
  }
}

/** Where the injector starts. */
function injectorAt(slots: number): number {
  return 3 * idleThreadsSize(slots) + LINE;
}

/** Where the cells start. */
function cellsAt(
  slots: number,
  reserve: readonly [urgent: number, normal: number],
): number {
  const size = injectorAt(slots) + injectorSize({ reserve });
  return Math.ceil(size / PAGE) * PAGE;
}
