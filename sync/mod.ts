/**
 * Everything that lives in a shared buffer: locks, waiting, counters, queues, and
 * the records of the threads that use them.
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
export {
  Condition,
  type ConditionHandle,
  type ConditionWaitAsyncOptions,
  type ConditionWaitOptions,
} from "./condition.ts";
export {
  AutoResetEvent,
  type AutoResetEventHandle,
  type EventOptions,
  ManualResetEvent,
  type ManualResetEventHandle,
} from "./event.ts";
export { type SharedHandle } from "./handle.ts";
export { Latch, type LatchHandle, MAX_COUNT } from "./latch.ts";
export { type SharedSlice } from "./memory.ts";
export {
  MAX_QUEUE_CAPACITY,
  MpmcQueue,
  type MpmcQueueHandle,
  type QueueWaitAsyncOptions,
  type QueueWaitOptions,
} from "./mpmc_queue.ts";
export {
  DeadlockError,
  LockPoisonedError,
  Mutex,
  MutexGuard,
  type MutexHandle,
  type MutexLockAsyncOptions,
  type MutexLockOptions,
  type MutexTryLockOptions,
} from "./mutex.ts";
export { Once, type OnceHandle, OncePoisonedError } from "./once.ts";
export { Parker, type ParkerHandle } from "./parker.ts";
export { type RecordArray, type RecordKind } from "./record.ts";
export {
  MAX_PERMITS,
  Permits,
  Semaphore,
  SemaphoreClosedError,
  type SemaphoreHandle,
  type SemaphoreOptions,
} from "./semaphore.ts";
export { SharedCounter, type SharedCounterHandle } from "./shared_counter.ts";
export {
  MAX_RING_CAPACITY,
  type RingEnd,
  RingEndLostError,
  type RingWaitAsyncOptions,
  type RingWaitOptions,
  type SpscConsumer,
  type SpscProducer,
  SpscRing,
  type SpscRingHandle,
} from "./spsc_ring.ts";
export {
  type ThreadId,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "./thread.ts";
export { type WaitAsyncOptions, type WaitOptions } from "./wait.ts";
