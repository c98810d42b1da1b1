import { ReadSlice } from "../sync/batch/batch_slice.ts";
import type { BatchCells, BatchLoan } from "./batch_cells.ts";
import type { LocalQueue } from "./local_queue.ts";
import type { TaskSlice } from "./task_slice.ts";
import { reject, type Waiter } from "./waiter.ts";

/** No ticket: the batch was counted. */
export const COUNTED = -1;

/** A batch in the ring of a queue on one thread. */
export class LocalBatch<Task, Value, Attached>
  implements BatchCells<Task, Value> {
  readonly #queue: LocalQueue<Task, Value, Attached>;
  /** The position of its first task. */
  readonly start: number;
  size: number = 0;
  isFreed: boolean = false;
  /** See `BatchMeter`; {@linkcode COUNTED} when it was counted. */
  ticket: number;
  /** The batch that was opened after it. */
  next: LocalBatch<Task, Value, Attached> | undefined;
  /** What the queue's owner keeps for the time of the batch. */
  attached: Attached | undefined;
  /** Who waits for which task, in order; undefined where nobody does any more. */
  readonly waiters: (Waiter<Value> | undefined)[] = [];
  #settled = 0;

  constructor(
    queue: LocalQueue<Task, Value, Attached>,
    start: number,
    ticket: number,
  ) {
    this.#queue = queue;
    this.start = start;
    this.ticket = ticket;
  }

  seal(): void {
    this.#queue.seal(this);
  }

  task(index: number): Task {
    this.#checkReadable();
    const { tasks, mask } = this.#queue.ring;
    return tasks[(this.start + index) & mask] as Task;
  }

  slices(): readonly TaskSlice<Task>[] {
    this.#checkReadable();
    const { size, start } = this;
    const first = this.#queue.ring.beforeWrap(start, size);
    const task = (index: number) => this.task(index);
    const slices = [new ReadSlice(task, 0, first)];
    if (first < size) slices.push(new ReadSlice(task, first, size - first));
    return slices;
  }

  toArray(): Task[] {
    this.#checkReadable();
    return this.#queue.ring.copy(this.start, this.size);
  }

  lend(): BatchLoan<Task> {
    return { tasks: { tasks: this.toArray() }, end() {} };
  }

  resolve(index: number, value: Value | PromiseLike<Value>): boolean {
    if (this.attached !== undefined) this.#queue.release(this);
    if (!this.#settle(index, value)) return false;
    if (this.#settled === this.size) this.free();
    return true;
  }

  resolveAll(values: ArrayLike<Value>): void {
    const { size } = this;
    this.#queue.release(this);
    // A value's own `then` is looked up, which may do anything with the batch.
    for (let k = 0; k < size; k++) {
      this.#settle(k, values[k] as Value);
    }
    if (this.#settled === size) this.free();
  }

  reject(index: number, reason: unknown): boolean {
    this.#queue.release(this);
    if (!this.#refuse(index, reason)) return false;
    if (this.#settled === this.size) this.free();
    return true;
  }

  fail(reason: unknown): void {
    if (this.isFreed) return;
    this.seal();
    this.abandon(reason);
    this.free();
  }

  /** Rejects whoever still waits; the tasks can still be read. */
  abandon(reason: unknown): void {
    this.#queue.release(this);
    for (let k = 0; k < this.size; k++) {
      if (this.#refuse(k, reason)) this.#queue.forget(this.task(k));
    }
  }

  /** Gives the cells back, once. */
  free(): void {
    if (this.isFreed) return;
    this.isFreed = true;
    this.#queue.free(this);
  }

  #settle(index: number, value: Value | PromiseLike<Value>): boolean {
    const waiter = this.waiters[index];
    if (waiter === undefined) return false;
    this.waiters[index] = undefined;
    this.#settled++;
    if (typeof waiter === "function") waiter(value);
    else waiter.set(index, value);
    return true;
  }

  #refuse(index: number, reason: unknown): boolean {
    const waiter = this.waiters[index];
    if (waiter === undefined) return false;
    this.waiters[index] = undefined;
    this.#settled++;
    reject(waiter, reason);
    return true;
  }

  #checkReadable(): void {
    if (!this.isFreed) return;
    throw new TypeError(
      `Cannot read tasks as their batch of ${this.size} is completed`,
    );
  }
}
