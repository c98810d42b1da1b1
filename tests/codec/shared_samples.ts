/**
 * One of each kind of object that lives in shared memory, and of each form of it.
 *
 * @module
 */

import {
  AutoResetEvent,
  Barrier,
  BatchRing,
  BatchView,
  Broadcast,
  ByteBatchRing,
  ByteRing,
  Channel,
  Condition,
  Deque,
  Latch,
  ManualResetEvent,
  MpmcQueue,
  Mutex,
  Notify,
  Once,
  OnceCell,
  Oneshot,
  Parker,
  type PushedBatches,
  RwLock,
  Semaphore,
  SharedCell,
  SharedCounter,
  SharedStruct,
  SpscRing,
  StripedCounter,
  struct,
  textCodec,
  Watch,
} from "../../sync/mod.ts";

const Point = struct({ x: "f64", seen: "bool" });

/** A batch of one record, as it is lent. */
function boundedView<T>(ring: PushedBatches<T>, record: T): BatchView<T> {
  ring.push(record);
  return BatchView.from(ring.consumer().bound()!.handle);
}

/** New objects. */
export function sharedSamples(): { readonly handle: unknown }[] {
  return [
    new AutoResetEvent(),
    new Barrier(2),
    new BatchRing("f64", 64),
    new BatchRing(Point, 128),
    boundedView(new BatchRing("f64", 64), 1),
    boundedView(new ByteBatchRing(64, 64), new Uint8Array(3)),
    new Broadcast("f64", { capacity: 3 }),
    new Broadcast(textCodec, { capacity: 1, maxBytes: 8 }),
    new ByteBatchRing(64, 128),
    new ByteRing(64),
    new Channel("i32", { capacity: 3 }),
    new Channel("u32", { capacity: 4, single: true }),
    new Channel("f64", { capacity: 0 }),
    new Channel(Point),
    new Channel(textCodec),
    new Condition(),
    new Deque("i32", 8, { order: "fifo" }),
    new Latch(1),
    new ManualResetEvent(),
    new MpmcQueue("f64", 8),
    new MpmcQueue(Point, 8),
    new Mutex(),
    new Notify({ maxWaiters: 3 }),
    new Once(),
    new OnceCell("f64"),
    OnceCell.ofBytes(5),
    new Oneshot(Point),
    new Oneshot(textCodec, { maxBytes: 8 }),
    new Parker(),
    new RwLock(),
    new Semaphore(2),
    new SharedCell("u32", 7),
    new SharedCell(Point, { x: 0.5, seen: true }),
    new SharedCounter(),
    new SharedStruct(Point),
    new SpscRing("i32", 8),
    new SpscRing(Point, 8),
    new StripedCounter({ stripes: 2 }),
    new Watch("i32", 7),
    new Watch(textCodec, "seven", { maxBytes: 8 }),
  ];
}
