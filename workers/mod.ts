/**
 * The runtime: pinned workers that host linked instances, and calls to them
 * through shared memory.
 *
 * ```ts
 * import { Runtime } from "@kindred/kindred/workers";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * assertEquals(runtime.size, 1);
 * ```
 *
 * @module
 */

export { type MissingPart } from "../ffi/platform.ts";
export { type WorkerReport, type WorkerState } from "./crew/crew.ts";
export {
  QueueFullError,
  RuntimeClosedError,
  WorkerLostError,
  type WorkerLostErrorOptions,
} from "./errors.ts";
export { type AnyFunction, portable } from "./functions/portable.ts";
export {
  type IfPortable,
  type SentFunction,
  type SentGenerator,
  type SentMapper,
} from "./functions/sent_function.ts";
export {
  type DisposeFailure,
  LocalDisposeError,
} from "./local/dispose_error.ts";
export { LocalRef } from "./local/local_ref.ts";
export { type LocalRefHandle } from "./local/local_ref_handle.ts";
export { type LocalRefOptions } from "./local/local_ref_options.ts";
export { type ReferenceIn } from "./local/reference_in.ts";
export { type NotShared, type SharedData } from "./local/shared_data.ts";
export { WorkerLocal, type WorkerLocalOptions } from "./local/worker_local.ts";
export { RuntimeFace } from "./runtime/runtime_face.ts";
export {
  type SpawnOptions,
  type TaskPlacement,
  type TaskPriority,
} from "./tasks/spawn_options.ts";
export {
  type Callback,
  callback,
  type CallbackOptions,
} from "./callbacks/callback.ts";
export { type Joined, JoinSet } from "./tasks/join_set.ts";
export { type MapOptions } from "./tasks/map.ts";
export { Scope, type ScopeOptions } from "./tasks/scope.ts";
export { TaskStream } from "./streams/task_stream.ts";
export { Spawner } from "./tasks/spawner.ts";
export { Task } from "./tasks/task.ts";
export { currentTask, TaskContext } from "./tasks/task_context.ts";
export { type TaskState } from "./tasks/task_call.ts";
export {
  type RuntimeMode,
  RuntimeReport,
  type RuntimeReportParts,
} from "./runtime/report.ts";
export {
  BatchStats,
  type BatchStatsJson,
  type BatchStatsParts,
} from "./stats/batch_stats.ts";
export { type Counted } from "./stats/counted.ts";
export { type HeapUse } from "./stats/heap_use.ts";
export {
  Histogram,
  type HistogramBucket,
  type HistogramJson,
  type HistogramParts,
} from "./stats/histogram.ts";
export {
  type HistogramValue,
  type Metric,
  type MetricFamily,
  type MetricLabels,
} from "./stats/metric_family.ts";
export { OPEN_METRICS_TYPE, openMetrics } from "./stats/open_metrics.ts";
export { metricsOf } from "./stats/runtime_metrics.ts";
export { SizeHistogram } from "./stats/size_histogram.ts";
export { Stats, type StatsJson, type StatsParts } from "./stats/stats.ts";
export {
  type CallCounts,
  type MailCounts,
  type RunCounts,
  type ThreadGauges,
  ThreadStats,
  type ThreadStatsJson,
  type WaitCounts,
} from "./stats/thread_stats.ts";
export { Runtime } from "./runtime/runtime.ts";
export {
  type RecycleOptions,
  type RuntimeCloseOptions,
  type RuntimeOptions,
} from "./runtime/runtime_options.ts";
