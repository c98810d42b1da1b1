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
} from "./waiting/auto_reset_event.ts";
export { Backoff } from "./thread/backoff.ts";
export {
  Barrier,
  type BarrierHandle,
  type BarrierOptions,
  type BarrierResult,
  type BarrierWaitAsyncOptions,
  type BarrierWaitOptions,
} from "./waiting/barrier.ts";
export { MAX_PARTIES } from "./waiting/barrier_arrivals.ts";
export { BarrierBrokenError } from "./waiting/barrier_broken_error.ts";
export { type BatchConsumer } from "./batch/batch_consumer.ts";
export {
  MAX_BATCH_CAPACITY,
  MIN_BATCH_CAPACITY,
} from "./batch/batch_layout.ts";
export { type BatchesHandle } from "./batch/batch_memory.ts";
export { type BatchReading } from "./batch/batch_reading.ts";
export { type BatchRegion } from "./batch/batch_region.ts";
export { BatchRing } from "./batch/batch_ring.ts";
export { type BatchSlice, type BatchSliceOf } from "./batch/batch_slice.ts";
export { BatchView } from "./batch/batch_view.ts";
export { type BatchViewHandle } from "./batch/batch_view_handle.ts";
export { ByteBatchRing } from "./batch/byte_batch_ring.ts";
export { type ByteBatchRingHandle } from "./batch/frame_batches.ts";
export { type WriteFrame } from "./batch/frame_intake.ts";
export {
  type BatchPushAsyncOptions,
  type BatchPushOptions,
  type PushedBatches,
} from "./batch/pushed_batches.ts";
export { type BatchRingHandle } from "./batch/record_batches.ts";
export { type ByteConsumer, type ByteFrame } from "./queue/byte_consumer.ts";
export {
  type ByteProducer,
  type BytePushAsyncOptions,
  type BytePushOptions,
} from "./queue/byte_producer.ts";
export { ByteRing } from "./queue/byte_ring.ts";
export { type ByteRingEnd } from "./queue/byte_ring_end.ts";
export { type ByteRingHandle } from "./queue/byte_ring_memory.ts";
export * from "./channel/mod.ts";
export {
  Condition,
  type ConditionHandle,
  type ConditionWaitAsyncOptions,
  type ConditionWaitOptions,
} from "./lock/condition.ts";
export { Deque, type DequeOptions } from "./queue/deque.ts";
export { type StealBatchOptions } from "./queue/deque_batch.ts";
export {
  type DequeHandle,
  type DequeOrder,
  MAX_DEQUE_CAPACITY,
} from "./queue/deque_layout.ts";
export { type DequeOwner } from "./queue/deque_owner.ts";
export { DequeOwnerLostError } from "./queue/deque_owner_lost_error.ts";
export { type EventOptions } from "./waiting/event_word.ts";
export { type SharedHandle } from "./memory/handle.ts";
export { Latch, type LatchHandle, MAX_COUNT } from "./waiting/latch.ts";
export { DeadlockError, LockPoisonedError } from "./lock/lock_errors.ts";
export {
  type LockAsyncOptions,
  type LockOptions,
  type TryLockOptions,
} from "./lock/lock_options.ts";
export {
  ManualResetEvent,
  type ManualResetEventHandle,
} from "./waiting/manual_reset_event.ts";
export { type SharedSlice } from "./memory/memory.ts";
export { MpmcQueue } from "./queue/mpmc_queue.ts";
export {
  MAX_QUEUE_CAPACITY,
  type MpmcQueueHandle,
} from "./queue/mpmc_queue_memory.ts";
export { Mutex, type MutexHandle } from "./lock/mutex.ts";
export { MutexGuard } from "./lock/mutex_guard.ts";
export {
  Notify,
  type NotifyHandle,
  type NotifyOptions,
} from "./waiting/notify.ts";
export { Once, type OnceHandle, OncePoisonedError } from "./waiting/once.ts";
export { OnceCell, type OnceCellHandle } from "./value/once_cell.ts";
export { MAX_CELL_BYTES } from "./value/once_cell_content.ts";
export { Parker, type ParkerHandle } from "./waiting/parker.ts";
export { Permits, SemaphoreClosedError } from "./waiting/permits.ts";
export {
  type QueuePopAsyncOptions,
  type QueuePopOptions,
  type RingPopAsyncOptions,
  type RingPopOptions,
  type StealAsyncOptions,
  type StealOptions,
} from "./queue/pop_options.ts";
export {
  type FormOf,
  type RecordArray,
  type RecordBatch,
  type RecordForm,
  type RecordKind,
  type RecordSource,
  type RecordType,
} from "./record/record_type.ts";
export { type RingEnd, RingEndLostError } from "./queue/ring_end.ts";
export { RwLock, type RwLockHandle } from "./lock/rw_lock.ts";
export { RwLockReadGuard, RwLockWriteGuard } from "./lock/rw_lock_guards.ts";
export {
  MAX_PERMITS,
  Semaphore,
  type SemaphoreHandle,
  type SemaphoreOptions,
} from "./waiting/semaphore.ts";
export { SharedCell, type SharedCellHandle } from "./value/shared_cell.ts";
export {
  SharedCounter,
  type SharedCounterHandle,
} from "./value/shared_counter.ts";
export {
  type IntegerName,
  SharedStruct,
  type SharedStructHandle,
} from "./value/shared_struct.ts";
export { type SpscConsumer } from "./queue/spsc_consumer.ts";
export { MAX_RING_CAPACITY, type SpscRingHandle } from "./queue/spsc_layout.ts";
export { type SpscProducer } from "./queue/spsc_producer.ts";
export { SpscRing } from "./queue/spsc_ring.ts";
export {
  StripedCounter,
  type StripedCounterHandle,
  type StripedCounterOptions,
} from "./value/striped_counter.ts";
export { struct, type StructType } from "./record/struct.ts";
export {
  type FieldKind,
  type FieldLayout,
  type FieldValue,
  MAX_STRUCT_FIELDS,
  type StructFields,
  type StructForm,
  type StructValue,
} from "./record/struct_layout.ts";
export {
  type ThreadId,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "./thread/thread.ts";
export { type WaitAsyncOptions, type WaitOptions } from "./thread/wait.ts";
