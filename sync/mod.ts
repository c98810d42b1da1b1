/**
 * Everything that lives in a shared buffer: counters, barriers, rings, and the
 * records of the threads that use them.
 *
 * SharedArrayBuffer and Atomics only: the folder runs in any JavaScript engine.
 *
 * ```ts
 * import { SharedCounter } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const done = new SharedCounter();
 * done.add(1);
 * assertEquals(done.value, 1);
 * ```
 *
 * @module
 */

export {
  Barrier,
  BarrierBrokenError,
  type BarrierHandle,
  type BarrierOptions,
  type BarrierResult,
  type BarrierWaitAsyncOptions,
  type BarrierWaitOptions,
  MAX_PARTIES,
} from "./barrier.ts";
export { type SharedHandle } from "./handle.ts";
export { type SharedSlice } from "./memory.ts";
export { SharedCounter, type SharedCounterHandle } from "./shared_counter.ts";
export {
  type ThreadId,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "./thread.ts";
