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
  type SharedBackgroundOptions,
} from "./background_queue.ts";
export { type BatchCells, type BatchLoan } from "./batch_cells.ts";
export { BatchIncompleteError } from "./batch_errors.ts";
export { BatchReducer } from "./batch_reducer.ts";
export { BoundedBatch } from "./bounded_batch.ts";
export {
  type KeyedCache,
  KeyedTaskQueue,
  type KeyedTaskQueueOptions,
} from "./keyed_task_queue.ts";
export { type BlockingOptions } from "./lend.ts";
export { LentBatch, type LentTasks } from "./lent_batch.ts";
export { type BatchBinder, OpenBatch } from "./open_batch.ts";
export { type BatchQueueOptions } from "./queue_options.ts";
export { queueMetrics } from "./queue_metrics.ts";
export { type QueueStats } from "./queue_stats.ts";
export { SharedBackgroundQueue } from "./shared/shared_background_queue.ts";
export { SharedBatchReducer } from "./shared/shared_batch_reducer.ts";
export { SharedQueue } from "./shared/shared_queue.ts";
export { SharedTaskQueue } from "./shared/shared_task_queue.ts";
export { type SharedQueueOptions } from "./shared/start_queue.ts";
export { type TaskFormName, type TaskSource } from "./shared/task_form.ts";
export { type PushOptions, TaskQueue } from "./task_queue.ts";
export { type TaskSlice } from "./task_slice.ts";
export { type BatchProcessor } from "./value_queue.ts";
export {
  BatchStats,
  type BatchStatsJson,
  type BatchStatsParts,
} from "../workers/stats/batch_stats.ts";
export {
  Histogram,
  type HistogramBucket,
  type HistogramJson,
  type HistogramParts,
} from "../workers/stats/histogram.ts";
export { SizeHistogram } from "../workers/stats/size_histogram.ts";
