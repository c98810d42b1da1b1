/**
 * The injector: the queue of tasks that any worker may take.
 *
 * The protocol is in the folder's README, "Injector".
 *
 * @module
 */

import type { FrameBatch } from "./frame_batch.ts";
import {
  type Attempt,
  DONE,
  type FrameMarks,
  InjectorLane,
  type LaneShape,
  laneSize,
  NONE,
  type Share,
} from "./injector_lane.ts";
import { partOf, type SharedSlice } from "../memory/memory.ts";
import type { TaskCells } from "./task_cells.ts";
import { currentThread } from "../thread/thread.ts";

export {
  type Attempt,
  BUSY,
  DONE,
  MOST_AT_ONCE,
  NONE,
} from "./injector_lane.ts";

/** Tasks that are taken before the others. */
export const URGENT = 0;
/** All other tasks. */
export const NORMAL = 1;
/** One of {@linkcode URGENT} and {@linkcode NORMAL}. */
export type Priority = typeof URGENT | typeof NORMAL;

/** After so many urgent frames in a row a thread takes another one, if there is. */
export const MOST_URGENT = 8;

/** Bytes for frames of each priority, unless told otherwise. */
const RESERVE: readonly [number, number] = [2 ** 27, 2 ** 28];

/** How large an injector is. The same in all threads. */
export interface InjectorShape {
  /** Bytes for urgent frames, and for others: address space. */
  readonly reserve?: readonly [urgent: number, normal: number];
  /** Bytes of a segment, a power of two; for tests. */
  readonly segment?: number;
}

/** The memory that an injector takes, in bytes: whole lines. */
export function injectorSize(shape: InjectorShape = {}): number {
  return laneSize(laneOf(shape, URGENT)) + laneSize(laneOf(shape, NORMAL));
}

/**
 * Frames in two queues. Each frame starts with three words: the slot of its
 * owner, how often that slot was given away, and the number of the task among the
 * owner's. Who takes a frame writes its name into the task's cell first.
 */
export class Injector {
  readonly #urgent: InjectorLane;
  readonly #normal: InjectorLane;
  /** How many urgent frames this thread has taken in a row. */
  #row = 0;

  /**
   * Attaches to an injector.
   *
   * @param cellsOf The cells of the tasks of the thread in a slot.
   */
  constructor(
    slice: SharedSlice,
    cellsOf: (slot: number) => TaskCells,
    shape: InjectorShape = {},
  ) {
    const marks = new Marks(cellsOf);
    const urgent = laneOf(shape, URGENT);
    const behind = partOf(slice, laneSize(urgent));
    this.#urgent = new InjectorLane(slice, urgent, marks);
    this.#normal = new InjectorLane(behind, laneOf(shape, NORMAL), marks);
  }

  /** Makes an injector out of zeroed memory. Once, before anybody else sees it. */
  init(start?: number): void {
    this.#urgent.init(start);
    this.#normal.init(start);
  }

  /** How many frames there are; between two loads others may go on. */
  get size(): number {
    return this.#urgent.size + this.#normal.size;
  }

  /** Whether there is none; between two loads others may go on. Cheap enough to spin on. */
  get isEmpty(): boolean {
    return this.#urgent.isEmpty && this.#normal.isEmpty;
  }

  /** The longest frame that is ever taken in, in bytes. */
  longest(priority: Priority): number {
    return this.#lane(priority).longest;
  }

  /**
   * Adds frames behind all of the same priority, in one step.
   *
   * @returns How many of the first ones there was room for; or {@linkcode BUSY}.
   */
  push(priority: Priority, batch: FrameBatch): number {
    return batch.count === 0 ? 0 : this.#lane(priority).push(batch);
  }

  /**
   * Takes the oldest frames of one priority, in one step.
   *
   * @param into Where to put them, instead of what it holds. It may stay empty:
   * frames that nobody wants any more are taken, and not handed out.
   */
  take(into: FrameBatch, share: Share): Attempt {
    into.clear();
    if (this.#row >= MOST_URGENT) {
      this.#row = 0;
      if (this.#normal.take(into, share) === DONE) return DONE;
    }
    const attempt = this.#urgent.take(into, share);
    if (attempt === DONE) {
      this.#row += into.count;
      return DONE;
    }
    this.#row = 0;
    // A lane that is busy does not keep the other one waiting.
    const other = this.#normal.take(into, share);
    return other === NONE ? attempt : other;
  }

  /** Whether a thread is just taking frames, be it a lost one. */
  get isLocked(): boolean {
    return this.#urgent.isLocked || this.#normal.isLocked;
  }

  /**
   * After a thread was lost: from here on its name is in the cells of those tasks
   * only which it had taken.
   *
   * @returns False if another thread has a lock for too long; then nothing is sure.
   */
  settle(): boolean {
    const urgent = this.#urgent.settle();
    return this.#normal.settle() && urgent;
  }

  /**
   * After the cells of a slot were given to another owner: from here on nobody
   * marks them for a task of the former one.
   *
   * @returns False if another thread has a lock for too long; then nothing is sure.
   */
  pass(): boolean {
    const urgent = this.#urgent.pass();
    return this.#normal.pass() && urgent;
  }

  #lane(priority: Priority): InjectorLane {
    return priority === URGENT ? this.#urgent : this.#normal;
  }
}

/** The marks of frames: what stands in the cells of their tasks. */
class Marks implements FrameMarks {
  readonly #me = currentThread().id;
  readonly #cellsOf: (slot: number) => TaskCells;

  constructor(cellsOf: (slot: number) => TaskCells) {
    this.#cellsOf = cellsOf;
  }

  mark(owner: number, tenant: number, number: number): boolean {
    const cells = this.#cellsOf(owner);
    if (!cells.isLetTo(tenant)) return false;
    cells.take(number, this.#me);
    return true;
  }

  unmark(owner: number, tenant: number, number: number): void {
    const cells = this.#cellsOf(owner);
    if (cells.isLetTo(tenant)) cells.putBack(number);
  }
}

function laneOf(
  { reserve = RESERVE, segment }: InjectorShape,
  priority: Priority,
): LaneShape {
  const lane = { reserve: reserve[priority] };
  return segment === undefined ? lane : { ...lane, segment };
}
