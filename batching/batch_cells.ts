/**
 * Where the tasks of one batch lie, and who waits for their values.
 *
 * @module
 */

import type { RuntimeFace } from "../workers/runtime/runtime_face.ts";
import type { LentTasks } from "./lent_batch.ts";
import type { TaskSlice } from "./task_slice.ts";

/** The tasks of a batch while another thread reads them. */
export interface BatchLoan<Task> {
  /** Where the tasks are. */
  readonly tasks: LentTasks<Task>;
  /** What the reader says when it begins and ends, if it reads them where they are. */
  readonly sent?: object | undefined;
  /** The runtime of the worker that processes the batch, if there is one. */
  readonly runtime?: RuntimeFace | undefined;
  /** Nobody reads them any more. */
  end(): void;
}

/**
 * The part of a queue's memory that one batch has. Batches are views on it, so
 * that they are the same whatever the memory is.
 */
export interface BatchCells<Task, Value> {
  /** How many tasks; grows until {@linkcode BatchCells.seal}. */
  readonly size: number;
  /** Whether the cells are given back: then no task can be read any more. */
  readonly isFreed: boolean;
  /** Ends the growth, in constant time. */
  seal(): void;
  /** The task at an index below `size`. */
  task(index: number): Task;
  /** All tasks as views, in order: two where the memory wraps around. */
  slices(): readonly TaskSlice<Task>[];
  /** A copy of all tasks. */
  toArray(): Task[];
  /**
   * Gives a task its value, and frees the cells with the last one.
   *
   * @returns Whether somebody still waited for it.
   */
  resolve(index: number, value: Value | PromiseLike<Value>): boolean;
  /** Gives every task that has none its value: one for each, in order. */
  resolveAll(values: ArrayLike<Value>): void;
  /** Keeps the tasks as they are, also if they are freed meanwhile. */
  lend(): BatchLoan<Task>;
  /** Rejects one task: like {@linkcode BatchCells.resolve}. */
  reject(index: number, reason: unknown): boolean;
  /** Rejects whoever still waits, as the batch has failed, and frees the cells. */
  fail(reason: unknown): void;
}
