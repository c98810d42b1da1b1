import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { TAIL } from "../../../sync/batch/batch_layout.ts";
import { holderOf } from "../../../sync/batch/claim_word.ts";
import { BatchRing, RingEndLostError } from "../../../sync/mod.ts";
import { currentThread, indexOf } from "../../../sync/thread/thread.ts";
import { claimOther, runAs } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };

function range(count: number): number[] {
  return Array.from({ length: count }, (_, k) => k);
}

Deno.test("BatchRing.consumer() is one thread's at a time; the next one finds what is unfinished", () => {
  const ring = new BatchRing("i32", 64);
  const consumer = ring.consumer();
  assertThrows(() => ring.consumer(), TypeError, "consumer already");
  ring.pushMany(Int32Array.from(range(64)), 100);
  // Bounds none of them: they stay open.
  consumer.release();
  using same = ring.consumer();
  assertEquals([same.openSize, same.unfinished], [64, []]);
  same.bound()?.free();
  const [one, two, three] = range(3).map((k) => {
    ring.push(k);
    return same.bound()!;
  });
  two!.free();
  same.release();
  assertEquals([one!.isFreed, three!.isFreed], [true, true]);
  assertThrows(() => three!.at(0), TypeError);
  assertThrows(() => same.bound(), TypeError, "given back");
  assertThrows(() => same.wait(), TypeError, "given back");
  // This does nothing: it is the next one's.
  one!.free();
  using next = ring.consumer();
  assertEquals(next.unfinished.map((batch) => batch.toArray()), [[0], [2]]);
  assertEquals(ring.size, 3);
  for (const batch of next.unfinished) batch.free();
  assertEquals(ring.size, 0);
});

Deno.test("BatchRegion.senderOf() is the thread that pushed the record", () => {
  const ring = new BatchRing("i32", 64);
  using other = claimOther();
  ring.push(1);
  runAs(other.id, () => BatchRing.from(ring.handle).pushMany(Int32Array.of(2)));
  using consumer = ring.consumer();
  using batch = consumer.bound()!;
  assertEquals([batch.senderOf(0), batch.senderOf(1)], [
    currentThread().id,
    other.id,
  ]);
});

Deno.test(
  "BatchRing.push() ends when there is no room and the consumer is lost",
  TIMEOUT,
  async () => {
    const ring = new BatchRing("i32", 64);
    ring.pushMany(new Int32Array(64));
    const { threads } = currentThread();
    using other = claimOther();
    const theirs = runAs(
      other.id,
      () => BatchRing.from(ring.handle).consumer().bound()!,
    );
    assertEquals(theirs.length, 64);
    const waits = ring.pushAsync(1);
    threads.markLost(other.id);
    await assertRejects(() => waits, RingEndLostError);
    assertThrows(() => ring.push(1), RingEndLostError);
    assertFalse(ring.tryPush(1));
    using consumer = ring.consumer();
    const [batch] = consumer.unfinished;
    assertEquals(batch?.length, 64);
    batch?.free();
    ring.push(1);
    assertEquals(consumer.wait(), 1);
  },
);

Deno.test(
  "BatchConsumer.wait() of an end that is given back ends",
  TIMEOUT,
  async () => {
    const ring = new BatchRing("i32", 64);
    const consumer = ring.consumer();
    const waits = consumer.waitAsync();
    consumer.release();
    await assertRejects(() => waits, TypeError, "given back");
    using next = ring.consumer();
    assertThrows(() => next.wait({ timeout: 1 }), DOMException);
    const stop = new AbortController();
    const given = next.waitAsync({ signal: stop.signal });
    stop.abort(new Error("enough"));
    await assertRejects(() => given, Error, "enough");
    const woken = next.waitAsync();
    ring.push(1);
    assertEquals(await woken, 1);
  },
);

Deno.test("BatchRing goes on after a call of this thread that was cut off", () => {
  const ring = new BatchRing("i32", 64);
  const { buffer, byteOffset } = ring.handle;
  const words = new Int32Array(buffer, byteOffset);
  // As a stack leaves it that is full in the middle of a call.
  words[TAIL]! |= indexOf(currentThread().id) + 1;
  assert(ring.tryPush(1));
  words[TAIL]! |= indexOf(currentThread().id) + 1;
  using consumer = ring.consumer();
  assertEquals(consumer.bound()?.toArray(), [1]);
  assertEquals(ring.pushMany(Int32Array.of(2, 3)), 2);
  assertEquals([holderOf(words[TAIL]!), ring.size], [0, 3]);
});
