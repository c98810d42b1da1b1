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
  AutoResetEvent,
  type AutoResetEventHandle,
} from "./auto_reset_event.ts";
export { Backoff } from "./backoff.ts";
export {
  Barrier,
  type BarrierHandle,
  type BarrierOptions,
  type BarrierResult,
  type BarrierWaitAsyncOptions,
  type BarrierWaitOptions,
} from "./barrier.ts";
export { MAX_PARTIES } from "./barrier_arrivals.ts";
export { BarrierBrokenError } from "./barrier_broken_error.ts";
export { type ByteConsumer, type ByteFrame } from "./byte_consumer.ts";
export {
  type ByteProducer,
  type BytePushAsyncOptions,
  type BytePushOptions,
} from "./byte_producer.ts";
export { ByteRing } from "./byte_ring.ts";
export { type ByteRingEnd } from "./byte_ring_end.ts";
export { type ByteRingHandle } from "./byte_ring_memory.ts";
export * from "./channel/mod.ts";
export {
  Condition,
  type ConditionHandle,
  type ConditionWaitAsyncOptions,
  type ConditionWaitOptions,
} from "./condition.ts";
export {
  Deque,
  type DequeOptions,
  type StealAsyncOptions,
  type StealOptions,
} from "./deque.ts";
export { type StealBatchOptions } from "./deque_batch.ts";
export { type DequeOwner } from "./deque_owner.ts";
export {
  type DequeHandle,
  type DequeOrder,
  DequeOwnerLostError,
  MAX_DEQUE_CAPACITY,
} from "./deque_slots.ts";
export { type EventOptions } from "./event_options.ts";
export { type SharedHandle } from "./handle.ts";
export { Latch, type LatchHandle, MAX_COUNT } from "./latch.ts";
export { DeadlockError, LockPoisonedError } from "./lock_errors.ts";
export {
  type LockAsyncOptions,
  type LockOptions,
  type TryLockOptions,
} from "./lock_options.ts";
export {
  ManualResetEvent,
  type ManualResetEventHandle,
} from "./manual_reset_event.ts";
export { type SharedSlice } from "./memory.ts";
export {
  MAX_QUEUE_CAPACITY,
  MpmcQueue,
  type MpmcQueueHandle,
  type QueuePopAsyncOptions,
  type QueuePopOptions,
} from "./mpmc_queue.ts";
export { Mutex, type MutexHandle } from "./mutex.ts";
export { MutexGuard } from "./mutex_guard.ts";
export { Notify, type NotifyHandle, type NotifyOptions } from "./notify.ts";
export { Once, type OnceHandle, OncePoisonedError } from "./once.ts";
export { OnceCell, type OnceCellHandle } from "./once_cell.ts";
export { MAX_CELL_BYTES } from "./once_cell_content.ts";
export { Parker, type ParkerHandle } from "./parker.ts";
export { Permits, SemaphoreClosedError } from "./permits.ts";
export {
  type FormOf,
  type RecordArray,
  type RecordBatch,
  type RecordForm,
  type RecordKind,
  type RecordSource,
  type RecordType,
} from "./record_type.ts";
export { RwLock, type RwLockHandle } from "./rw_lock.ts";
export { RwLockReadGuard, RwLockWriteGuard } from "./rw_lock_guards.ts";
export {
  MAX_PERMITS,
  Semaphore,
  type SemaphoreHandle,
  type SemaphoreOptions,
} from "./semaphore.ts";
export { SharedCell, type SharedCellHandle } from "./shared_cell.ts";
export { SharedCounter, type SharedCounterHandle } from "./shared_counter.ts";
export {
  type IntegerName,
  SharedStruct,
  type SharedStructHandle,
} from "./shared_struct.ts";
export {
  MAX_RING_CAPACITY,
  type RingEnd,
  RingEndLostError,
  type RingPopAsyncOptions,
  type RingPopOptions,
  type SpscConsumer,
  type SpscProducer,
  SpscRing,
  type SpscRingHandle,
} from "./spsc_ring.ts";
export {
  StripedCounter,
  type StripedCounterHandle,
  type StripedCounterOptions,
} from "./striped_counter.ts";
export { struct, type StructType } from "./struct.ts";
export {
  type FieldKind,
  type FieldLayout,
  type FieldValue,
  MAX_STRUCT_FIELDS,
  type StructFields,
  type StructForm,
  type StructValue,
} from "./struct_layout.ts";
export {
  type ThreadId,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "./thread.ts";
export { type WaitAsyncOptions, type WaitOptions } from "./wait.ts";
