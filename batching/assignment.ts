import type { BatchCells } from "./batch_cells.ts";
import { BatchIncompleteError } from "./batch_errors.ts";
import { BoundedBatch } from "./bounded_batch.ts";
import { isThenable } from "../codec/thenable.ts";

/**
 * A bounded batch whose tasks wait for their values. It is completed when each
 * of them has an answer; a second answer to a task has no effect.
 *
 * @example Usage
 * ```ts
 * import { TaskQueue } from "@kindred/kindred/batching";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const queue = new TaskQueue<number, number>((batch) => {
 *   const assignment = batch.bound();
 *   for (const [k, n] of assignment.toArray().entries()) {
 *     if (n < 0) assignment.rejectOne(k, new RangeError("negative"));
 *     else assignment.resolveOne(k, Math.sqrt(n));
 *   }
 * });
 * const [four, minus] = [queue.push(4), queue.push(-1)];
 * await assertRejects(() => minus, RangeError);
 * assertEquals(await four, 2);
 * ```
 */
export class Assignment<Task, Value> extends BoundedBatch<Task> {
  readonly #cells: BatchCells<Task, Value>;

  /** Made by a batch that is bounded. */
  constructor(cells: BatchCells<Task, Value>) {
    super(cells);
    this.#cells = cells;
  }

  /**
   * Completes the batch with a value for each task, in order. If there are more
   * or fewer values than tasks, every task that has no answer yet is rejected
   * with a `BatchIncompleteError`; nobody gets a value that may not be his.
   *
   * @param values All are taken before the first task gets its own. To answer tasks one by one, use {@linkcode Assignment.resolveOne}.
   * @returns For asynchronous values a promise, which is rejected if they fail.
   * @throws {TypeError} If there is nothing to iterate over.
   */
  resolve(values: Iterable<Value>): void;
  /** The same with values that come later. */
  resolve(values: AsyncIterable<Value>): Promise<void>;
  /** The same with either. */
  resolve(
    values: Iterable<Value> | AsyncIterable<Value>,
  ): void | Promise<void>;
  resolve(
    values: Iterable<Value> | AsyncIterable<Value>,
  ): void | Promise<void> {
    if (Array.isArray(values)) return this.#give(values);
    if (isAsyncIterable(values)) return this.#giveLater(values);
    if (!isIterable(values)) {
      throw new TypeError(
        `Cannot resolve tasks as 'values' must be iterable: received ${
          String(values)
        }`,
      );
    }
    const given: Value[] = [];
    for (const value of values) {
      given.push(value);
      if (given.length > this.size) break;
    }
    this.#give(given);
  }

  /**
   * Gives one task its value.
   *
   * @returns Whether it had no answer yet.
   * @throws {RangeError} If there is no such task.
   */
  resolveOne(index: number, value: Value | PromiseLike<Value>): boolean {
    this.#checkIndex("resolve", index);
    return this.#cells.resolve(index, value);
  }

  /**
   * Rejects one task.
   *
   * @returns Whether it had no answer yet.
   * @throws {RangeError} If there is no such task.
   */
  rejectOne(index: number, reason: unknown): boolean {
    this.#checkIndex("reject", index);
    return this.#cells.reject(index, reason);
  }

  /** Completes the batch by rejecting each task that has no answer yet. */
  reject(reason: unknown): void {
    this.#cells.fail(reason);
  }

  /**
   * Gives each task what a function makes of it. A task for which it fails is
   * rejected with that failure, and the others go on.
   *
   * @returns If the function is asynchronous for some task, a promise that is resolved when each has its answer.
   */
  map(
    fn: (task: Task, index: number) => Value | PromiseLike<Value>,
  ): void | Promise<void> {
    let later: Promise<unknown>[] | undefined;
    for (let k = 0; k < this.size && !this.#cells.isFreed; k++) {
      try {
        const value = fn(this.#cells.task(k), k);
        if (isThenable(value)) (later ??= []).push(this.#settle(k, value));
        else this.#cells.resolve(k, value);
      } catch (error) {
        this.#cells.reject(k, error);
      }
    }
    return later && Promise.all(later).then(() => {});
  }

  #give(values: readonly Value[]): void {
    const { size } = this;
    if (values.length === size) return this.#cells.resolveAll(values);
    if (this.#cells.isFreed) return;
    const count = values.length > size ? "more" : `only ${values.length}`;
    this.#cells.fail(
      new BatchIncompleteError(size, `its processor gave ${count} values`),
    );
  }

  async #giveLater(values: AsyncIterable<Value>): Promise<void> {
    const given: Value[] = [];
    for await (const value of values) {
      given.push(value);
      if (given.length > this.size) break;
    }
    this.#give(given);
  }

  #settle(index: number, value: PromiseLike<Value>): Promise<unknown> {
    return Promise.resolve(value).then(
      (value) => this.#cells.resolve(index, value),
      (error) => this.#cells.reject(index, error),
    );
  }

  #checkIndex(action: string, index: number): void {
    if (Number.isInteger(index) && index >= 0 && index < this.size) return;
    throw new RangeError(
      `Cannot ${action} task as its index must be an integer from 0 to ${
        this.size - 1
      }: received ${String(index)}`,
    );
  }
}

/** The assignment of a batch that is bounded. */
export function assignmentOf<Task, Value>(
  cells: BatchCells<unknown, unknown>,
): Assignment<Task, Value> {
  return new Assignment(cells as BatchCells<Task, Value>);
}

function isIterable(value: unknown): boolean {
  return value !== undefined && value !== null &&
    typeof (value as Iterable<unknown>)[Symbol.iterator] === "function";
}

function isAsyncIterable<T>(value: unknown): value is AsyncIterable<T> {
  return value !== undefined && value !== null &&
    typeof (value as AsyncIterable<T>)[Symbol.asyncIterator] === "function";
}
