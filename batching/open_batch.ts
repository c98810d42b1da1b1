import type { BatchCells } from "./batch_cells.ts";

/** Makes what a batch is when it does not grow any more. */
export type BatchBinder<Bounded> = (
  cells: BatchCells<unknown, unknown>,
) => Bounded;

/**
 * A batch that still grows, until its processor bounds it, it has `maxBatch`
 * tasks, or the queue is full.
 *
 * @example A batch that grows while its processor gets ready
 * ```ts
 * import { TaskQueue } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * const sizes: number[] = [];
 * const connect = () => Promise.resolve(); // to a database
 * const queue = new TaskQueue<number, number>(async (batch) => {
 *   sizes.push(batch.size);
 *   await connect();
 *   const assignment = batch.bound();
 *   sizes.push(assignment.size);
 *   assignment.map((n) => n + 1);
 * });
 * const first = queue.push(1);
 * await Promise.resolve();
 * const second = queue.push(2);
 * assertEquals(await Promise.all([first, second]), [2, 3]);
 * assertEquals(sizes, [1, 2]);
 * ```
 */
export class OpenBatch<Bounded extends { drop(): void }> {
  readonly #cells: BatchCells<unknown, unknown>;
  readonly #bind: BatchBinder<Bounded>;
  #bounded: Bounded | undefined;

  /** Made by a queue. */
  constructor(cells: BatchCells<unknown, unknown>, bind: BatchBinder<Bounded>) {
    this.#cells = cells;
    this.#bind = bind;
  }

  /** How many tasks it has now. */
  get size(): number {
    return this.#cells.size;
  }

  /** Whether it was bounded. */
  get isBounded(): boolean {
    return this.#bounded !== undefined;
  }

  /**
   * Ends its growth, in constant time: tasks that are pushed from now on form the
   * next batch. Bounding it again gives the same.
   */
  bound(): Bounded {
    if (this.#bounded !== undefined) return this.#bounded;
    this.#cells.seal();
    this.#bounded = this.#bind(this.#cells);
    return this.#bounded;
  }

  /** Bounds the batch and gives it up: see `BoundedBatch.drop()`. */
  drop(): void {
    this.bound().drop();
  }

  /** {@linkcode OpenBatch.drop}: for `using`. */
  [Symbol.dispose](): void {
    this.drop();
  }
}
