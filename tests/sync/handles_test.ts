import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertMatch,
  assertThrows,
} from "@std/assert";
import * as sync from "../../sync/mod.ts";
import type { SharedHandle } from "../../sync/mod.ts";

/** A class whose objects other threads attach to. */
interface Attachable {
  readonly name: string;
  from(handle: never): { readonly handle: SharedHandle };
}

const Fields = sync.struct({ x: "f64" });

function boundedView(): sync.BatchView {
  const ring = new sync.BatchRing("i32", 64);
  ring.push(1);
  return sync.BatchView.from(ring.consumer().bound()!.handle);
}

/** A good handle of each of them, whose object is kept. */
const HANDLES: Readonly<Record<string, () => { handle: SharedHandle }>> = {
  AutoResetEvent: () => new sync.AutoResetEvent(),
  Barrier: () => new sync.Barrier(2),
  BatchRing: () => new sync.BatchRing("i32", 64),
  BatchView: () => boundedView(),
  Broadcast: () => new sync.Broadcast("i32", { capacity: 2 }),
  BroadcastReceiver: () =>
    new sync.Broadcast("i32", { capacity: 2 }).receiver(),
  BroadcastSender: () => new sync.Broadcast("i32", { capacity: 2 }).sender(),
  ByteBatchRing: () => new sync.ByteBatchRing(64, 64),
  ByteRing: () => new sync.ByteRing(64),
  Channel: () => new sync.Channel("i32", { capacity: 2 }),
  Condition: () => new sync.Condition(),
  Deque: () => new sync.Deque("i32", 2),
  Latch: () => new sync.Latch(1),
  ManualResetEvent: () => new sync.ManualResetEvent(),
  MpmcQueue: () => new sync.MpmcQueue("i32", 2),
  Mutex: () => new sync.Mutex(),
  Notify: () => new sync.Notify(),
  Once: () => new sync.Once(),
  OnceCell: () => new sync.OnceCell("i32"),
  Oneshot: () => new sync.Oneshot("i32"),
  OneshotReceiver: () => new sync.Oneshot("i32").receiver(),
  OneshotSender: () => new sync.Oneshot("i32").sender(),
  Parker: () => new sync.Parker(),
  Receiver: () => new sync.Channel("i32", { capacity: 2 }).receiver(),
  RwLock: () => new sync.RwLock(),
  Semaphore: () => new sync.Semaphore(1),
  Sender: () => new sync.Channel("i32", { capacity: 2 }).sender(),
  SharedCell: () => new sync.SharedCell("i32", 0),
  SharedCounter: () => new sync.SharedCounter(),
  SharedStruct: () => new sync.SharedStruct(Fields),
  SpscRing: () => new sync.SpscRing("i32", 2),
  StripedCounter: () => new sync.StripedCounter(),
  ThreadRegistry: () => new sync.ThreadRegistry(2),
  Watch: () => new sync.Watch("i32", 0),
  WatchReceiver: () => new sync.Watch("i32", 0).receiver(),
  WatchSender: () => new sync.Watch("i32", 0).sender(),
};

const CLASSES = Object.entries(sync).filter(([, value]) =>
  typeof value === "function" && Object.hasOwn(value, "from")
) as unknown as [string, Attachable][];

/** What is no handle at all. */
const NONE: readonly unknown[] = [
  undefined,
  null,
  0,
  NaN,
  true,
  "Mutex",
  1n,
  Symbol.iterator,
  () => {},
  {},
  [],
];

Deno.test("Every class that is attached to has a good handle here", () => {
  assertEquals(CLASSES.map(([name]) => name).sort(), Object.keys(HANDLES));
});

for (const [name, type] of CLASSES) {
  Deno.test(`${name}.from() says which handle it refuses, and why`, () => {
    const original = HANDLES[name]!();
    const { handle } = original;
    const attach = (bad: unknown) => () => type.from(bad as never);
    const refuses = (
      bad: unknown,
      error: typeof TypeError | typeof RangeError,
    ) =>
      assertMatch(assertThrows(attach(bad), error).message, /^Cannot attach/);

    for (const none of NONE) refuses(none, TypeError);
    refuses({ ...handle, kind: "Nothing" }, TypeError);
    refuses({ ...handle, kind: undefined }, TypeError);
    const other = name === "Mutex" ? new sync.Latch(1) : new sync.Mutex();
    refuses(other.handle, TypeError);

    const { buffer, byteOffset } = handle;
    for (
      const bad of [undefined, null, {}, new ArrayBuffer(buffer.byteLength)]
    ) {
      refuses({ ...handle, buffer: bad }, TypeError);
    }
    for (const bad of [0.5, -128, byteOffset + 4, NaN, Infinity, undefined]) {
      refuses({ ...handle, byteOffset: bad }, RangeError);
    }
    const empty = new SharedArrayBuffer(0);
    refuses({ ...handle, buffer: empty, byteOffset: 0 }, RangeError);
    const end = Math.ceil(buffer.byteLength / 128) * 128;
    refuses({ ...handle, byteOffset: end }, RangeError);

    // What was refused did no harm. An end moves where it is attached to.
    const same = type.from(handle as never);
    assertInstanceOf(same, type as unknown as new () => typeof same);
    assert(same.handle.buffer === buffer);
    assertEquals(same.handle.byteOffset, byteOffset);
    assertEquals(original.handle.kind, name);
  });
}
