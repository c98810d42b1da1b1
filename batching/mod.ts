/**
 * Queues that join many small requests to few large ones, without timers: a batch
 * grows until its processor bounds it.
 *
 * ```ts
 * import { TaskQueue } from "@kindred/kindred/batching";
 * import { assertEquals } from "@std/assert";
 *
 * const doubled = new TaskQueue<number, number>((batch) =>
 *   batch.bound().map((n) => 2 * n)
 * );
 * assertEquals(await doubled.pushMany([1, 2, 3]), [2, 4, 6]);
 * ```
 *
 * @module
 */

export { Assignment } from "./assignment.ts";
export {
  type BackgroundProcessor,
  BackgroundQueue,
  type BackgroundQueueOptions,
} from "./background_queue.ts";
export { type BatchCells } from "./batch_cells.ts";
export { BatchIncompleteError } from "./batch_errors.ts";
export { BatchReducer } from "./batch_reducer.ts";
export { BoundedBatch } from "./bounded_batch.ts";
export {
  type KeyedCache,
  KeyedTaskQueue,
  type KeyedTaskQueueOptions,
} from "./keyed_task_queue.ts";
export { type BatchBinder, OpenBatch } from "./open_batch.ts";
export { type BatchQueueOptions } from "./queue_options.ts";
export { type PushOptions, TaskQueue } from "./task_queue.ts";
export { type TaskSlice } from "./task_slice.ts";
export { type BatchProcessor } from "./value_queue.ts";
