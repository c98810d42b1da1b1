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
export { type WorkerReport, type WorkerState } from "./crew.ts";
export {
  QueueFullError,
  RuntimeClosedError,
  WorkerLostError,
  type WorkerLostErrorOptions,
} from "./errors.ts";
export { type AnyFunction, portable } from "./functions/portable.ts";
export {
  type DisposeFailure,
  LocalDisposeError,
} from "./local/dispose_error.ts";
export { LocalRef, type LocalRefHandle } from "./local/local_ref.ts";
export { type LocalRefOptions } from "./local/local_ref_options.ts";
export { type ReferenceIn } from "./local/reference_in.ts";
export { WorkerLocal, type WorkerLocalOptions } from "./local/worker_local.ts";
export { RuntimeFace } from "./runtime_face.ts";
export { type SpawnOptions, type TaskPriority } from "./tasks/spawn_options.ts";
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
} from "./report.ts";
export {
  Runtime,
  type RuntimeCloseOptions,
  type RuntimeOptions,
} from "./runtime.ts";
