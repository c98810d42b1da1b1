/**
 * Data that is protected by the order of what is done with it, instead of a lock.
 *
 * ```ts
 * import { Desync } from "@kindred/kindred/desync";
 * import { assertEquals } from "@std/assert";
 *
 * const number = new Desync(0);
 * number.desync((n) => {
 *   n.value = 42;
 * });
 * assertEquals(number.sync((n) => n.value), 42);
 * ```
 *
 * @module
 */

export { Desync } from "./desync.ts";
export { DesyncClosedError, DesyncPoisonedError } from "./desync_errors.ts";
export { DesyncFuture } from "./desync_future.ts";
export { JobQueue } from "./job_queue.ts";
export {
  type FailurePolicy,
  type Job,
  type Ordered,
  type OrderedOptions,
  type Reference,
  type Suspension,
  type TrySyncResult,
} from "./ordered.ts";
export { Pipe, pipe } from "./pipe.ts";
export { type PipeOptions } from "./pipe_flow.ts";
export { pipeIn } from "./pipe_in.ts";
export { type PipeSource } from "./pipe_source.ts";
export type { LossPolicy } from "./remote/host_object.ts";
export type { PlacedDesync } from "./remote/placed_desync.ts";
export type { RemoteDesyncOptions } from "./remote/remote_options.ts";
export { SyncFuture } from "./sync_future.ts";
