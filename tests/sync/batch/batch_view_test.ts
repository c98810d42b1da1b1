import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import {
  BatchRing,
  BatchView,
  type BatchViewHandle,
  ByteBatchRing,
  struct,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";

const Point = struct({ x: "f64", seen: "bool" });
const pointOf = (k: number) => ({ x: k / 2, seen: k % 2 === 0 });

Deno.test("BatchView reads a batch where it lies, by its handle", () => {
  const ring = new BatchRing(Point, 64);
  using consumer = ring.consumer();
  for (let lap = 0; lap < 3; lap++) {
    // The second one wraps around.
    ring.pushMany(Array.from({ length: 40 }, (_, k) => pointOf(k)), 100);
    using batch = consumer.bound()!;
    const view = BatchView.from(structuredClone(batch.handle));
    assertEquals([view.start, view.length], [batch.start, 40]);
    assertEquals(view.toArray(), batch.toArray());
    assertEquals(
      view.slices().flatMap((slice) => [...slice]),
      batch.toArray(),
    );
    assertEquals([view.ticketOf(39), view.at(39)], [139, pointOf(39)]);
    assertEquals(view.senderOf(0), currentThread().id);
    assertEquals(BatchView.from(view.handle).at(1), pointOf(1));
  }
});

Deno.test("BatchView of numbers and frames has views on the ring's memory", () => {
  const numbers = new BatchRing("u32", 64);
  const frames = new ByteBatchRing(64, 64);
  numbers.push(2 ** 32 - 1);
  frames.push(Uint8Array.of(1, 2, 3));
  using batch = numbers.consumer().bound()!;
  const [slice] = BatchView.from(batch.handle).slices();
  assertEquals(slice, Uint32Array.of(2 ** 32 - 1));
  assert(slice!.buffer === numbers.handle.buffer);
  using framed = frames.consumer().bound()!;
  const frame = BatchView.from(framed.handle).at(0);
  assertEquals(frame, Uint8Array.of(1, 2, 3));
  assert(frame.buffer === frames.handle.buffer);
});

Deno.test("BatchView refuses a batch whose room was given back, before and after it was made", () => {
  const ring = new BatchRing("i32", 64);
  using consumer = ring.consumer();
  const [one, two] = [1, 2].map((value) => {
    ring.push(value);
    return consumer.bound()!;
  });
  const handles = [one!.handle, two!.handle];
  const views = handles.map((handle) => BatchView.from(handle));
  two!.free();
  // Nobody writes to its place before the one in front of it is free.
  assertEquals([views[1]!.isFreed, views[1]!.at(0)], [false, 2]);
  one!.free();
  for (const view of views) {
    assert(view.isFreed);
    assertThrows(() => view.at(0), TypeError, "was freed");
    assertThrows(() => view.slices(), TypeError, "was freed");
    assertThrows(() => view.toArray(), TypeError, "was freed");
    assertThrows(() => view.ticketOf(0), TypeError, "was freed");
  }
  assertThrows(() => one!.handle, TypeError, "was freed");
  // Neither does a batch in the same place, of the same length, pass for it.
  for (let k = 0; k < 64; k++) {
    ring.push(k);
    using batch = consumer.bound()!;
    assertFalse(BatchView.from(batch.handle).isFreed);
    for (const handle of handles) {
      assertThrows(() => BatchView.from(handle), TypeError, "was freed");
    }
  }
});

Deno.test("BatchView.from() refuses what is no bounded batch", () => {
  const ring = new BatchRing("i32", 64);
  using consumer = ring.consumer();
  ring.push(1);
  ring.push(2);
  const { handle } = consumer.bound(1)!;
  const attach = (more: Partial<BatchViewHandle>) => () =>
    BatchView.from({ ...handle, ...more });
  for (const length of [0, -1, 65, 0.5, NaN, "1"] as number[]) {
    assertThrows(attach({ length }), RangeError, String(length));
  }
  for (const start of [-1, 2 ** 32, 0.5, NaN, "1"] as number[]) {
    assertThrows(attach({ start }), RangeError, String(start));
  }
  // Those are in the open one.
  assertThrows(attach({ length: 2 }), TypeError);
  assertThrows(attach({ start: handle.start + 1 }), TypeError);
  assertThrows(attach({ capacity: 128 }), RangeError);
  const other: Partial<BatchViewHandle> = { record: "u32" as never };
  assertThrows(attach(other), RangeError);
});
