import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { startAt } from "../../../sync/batch/batch_memory.ts";
import type { BatchConsumer } from "../../../sync/batch/batch_consumer.ts";
import {
  ByteBatchRing,
  MAX_BATCH_CAPACITY,
  RingEndLostError,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { claimOther, runAs } from "../other_thread.ts";
import {
  type ConsumerStep,
  consumerStep,
  PlainBatches,
} from "./plain_batches.ts";

const TIMEOUT = { timeout: 120_000 };

/** A frame of so many bytes, which follow from its number. */
function bytesOf(length: number, number: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, k) => (31 * number + k) & 0xff);
}

/** An empty ring whose positions start there. */
function ringFrom(position: number, byteCapacity: number): ByteBatchRing {
  const ring = new ByteBatchRing(64, byteCapacity);
  startAt(new Int32Array(ring.handle.buffer, ring.handle.byteOffset), position);
  return ring;
}

/** Bounds what is there, frees it, and returns a copy. */
function drain(consumer: BatchConsumer<Uint8Array>): Uint8Array[] {
  using batch = consumer.bound();
  return batch?.toArray() ?? [];
}

Deno.test("ByteBatchRing keeps frames of any length as they are, with their tickets", () => {
  const ring = new ByteBatchRing(64, 1024);
  using consumer = ring.consumer();
  const lengths = [0, 1, 7, 8, 9, 31, 32, 33, 64, 300];
  for (const [k, length] of lengths.entries()) {
    assert(ring.tryPush(bytesOf(length, k), k));
  }
  using batch = consumer.bound()!;
  assertEquals(batch.toArray(), lengths.map(bytesOf));
  for (const k of lengths.keys()) assertEquals(batch.ticketOf(k), k);
  assertEquals(batch.senderOf(0), currentThread().id);
  const slices = batch.slices();
  assertEquals(slices.flatMap((slice) => [...slice]), lengths.map(bytesOf));
});

Deno.test("BatchRegion.at() of a frame is a view on the ring's memory, toArray() has copies", () => {
  const ring = new ByteBatchRing(64, 64);
  using consumer = ring.consumer();
  ring.push(bytesOf(5, 1));
  ring.push(bytesOf(9, 2));
  const batch = consumer.bound()!;
  const [first, second] = [batch.at(0), batch.at(1)];
  assertStrictEquals(first.buffer, ring.handle.buffer as never);
  assertEquals(second.byteOffset - first.byteOffset, 8);
  assertEquals(first.byteOffset % 8, 0);
  const copies = batch.toArray();
  second.fill(0);
  assertEquals(copies[1], bytesOf(9, 2));
  batch.free();
  assertThrows(() => batch.at(0), TypeError, "was freed");
});

Deno.test("ByteBatchRing: a frame that would wrap around lies in one piece", () => {
  for (const position of [-1, 2 ** 31 - 1, 2 ** 32 - 1]) {
    const ring = ringFrom(position, 64);
    using consumer = ring.consumer();
    const frames = [24, 24, 24].map(bytesOf);
    assertEquals(ring.pushMany(frames), 2);
    using first = consumer.bound(1)!;
    using second = consumer.bound()!;
    const start = first.at(0).byteOffset;
    first.free();
    // There are 16 bytes at the end and 24 at the start.
    assert(ring.tryPush(frames[2]!));
    assertFalse(ring.tryPush(bytesOf(0, 0)));
    using third = consumer.bound()!;
    assertEquals(third.at(0).byteOffset, start);
    assertEquals(third.toArray(), [frames[2]!]);
    assertEquals(second.toArray(), [frames[1]!]);
  }
});

Deno.test("ByteBatchRing that is empty takes a frame as long as it is", () => {
  const ring = new ByteBatchRing(64, 72);
  using consumer = ring.consumer();
  for (let k = 0; k < 5; k++) {
    ring.push(bytesOf(8 * k, k));
    drain(consumer);
    assert(ring.tryPush(bytesOf(72, k)));
    assertFalse(ring.tryPush(bytesOf(0, k)));
    assertEquals(drain(consumer), [bytesOf(72, k)]);
  }
});

Deno.test("ByteBatchRing refuses a frame that is longer than the ring, and stays as it is", async () => {
  const ring = new ByteBatchRing(64, 64);
  using consumer = ring.consumer();
  const long = new Uint8Array(65);
  assertThrows(() => ring.tryPush(long), RangeError, "65");
  assertThrows(() => ring.push(long), RangeError, "65");
  await assertRejects(() => ring.pushAsync(long), RangeError, "65");
  const frames = [new Uint8Array(1), long];
  assertThrows(() => ring.pushMany(frames), RangeError, "65");
  for (const length of [65, -1, 0.5, NaN, "1"] as number[]) {
    const write = () => ring.tryWrite(length, () => {});
    assertThrows(write, RangeError, String(length));
  }
  const others = [undefined, null, 1, "ab", [1], new Int8Array(1)];
  for (const other of others as unknown as Uint8Array[]) {
    assertThrows(() => ring.tryPush(other), TypeError, "Uint8Array");
    assertThrows(() => ring.pushMany([other]), TypeError, "Uint8Array");
    await assertRejects(() => ring.pushAsync(other), TypeError, "Uint8Array");
  }
  for (const length of [0, 40]) {
    const gone = new Uint8Array(length);
    structuredClone(gone, { transfer: [gone.buffer] });
    assertThrows(() => ring.tryPush(gone), TypeError, "transferred");
  }
  for (const ticket of [2 ** 31, 0.5, "1"] as number[]) {
    assertThrows(
      () => ring.tryPush(new Uint8Array(1), ticket),
      Error,
      "ticket",
    );
    assertThrows(() => ring.tryWrite(1, () => {}, ticket), Error, "ticket");
  }
  assertEquals(ring.size, 0);
  assert(ring.tryPush(new Uint8Array(64)));
  assertEquals(drain(consumer), [new Uint8Array(64)]);
});

Deno.test("ByteBatchRing has at most its capacity of frames, however short", () => {
  const ring = new ByteBatchRing(64, 4096);
  using consumer = ring.consumer();
  const frames = Array.from({ length: 70 }, (_, k) => bytesOf(0, k));
  assertEquals(ring.pushMany(frames, 7), 64);
  assertFalse(ring.tryPush(bytesOf(0, 0)));
  using batch = consumer.bound()!;
  assertEquals([batch.length, batch.ticketOf(63), ring.size], [64, 70, 64]);
});

Deno.test("ByteBatchRing.pushMany() reads its array before it takes a place", () => {
  const ring = new ByteBatchRing(64, 64);
  using consumer = ring.consumer();
  const frames: Uint8Array[] = [bytesOf(1, 1)];
  Object.defineProperty(frames, 1, {
    get: () => {
      ring.push(bytesOf(2, 2));
      return bytesOf(3, 3);
    },
  });
  assertEquals(ring.pushMany(frames), 2);
  assertEquals(drain(consumer), [bytesOf(2, 2), bytesOf(1, 1), bytesOf(3, 3)]);
});

Deno.test("ByteBatchRing.tryWrite() fills a frame in its place, or adds nothing", () => {
  const ring = new ByteBatchRing(64, 64);
  using consumer = ring.consumer();
  const refused = () =>
    ring.tryWrite(8, (bytes, start) => {
      bytes[start] = 9;
      throw new Error("stop");
    });
  assertThrows(refused, Error, "stop");
  assertEquals(ring.size, 0);
  const write = (bytes: Uint8Array, start: number) => {
    bytes.set(bytesOf(60, 1), start);
    // The consumer's side goes on, and so do other rings.
    assertEquals(consumer.bound(), undefined);
    const other = new ByteBatchRing(64, 64);
    assert(other.tryWrite(1, () => assert(other.size === 0)));
    for (const same of [ring, ByteBatchRing.from(ring.handle)]) {
      const again = () => same.tryPush(bytesOf(1, 1));
      assertThrows(again, TypeError, "in the middle of a write");
      const nested = () => same.tryWrite(1, () => {});
      assertThrows(nested, TypeError, "in the middle of a write");
    }
  };
  assert(ring.tryWrite(60, write, 5));
  assertFalse(ring.tryWrite(1, () => assert(false)));
  using batch = consumer.bound()!;
  assertEquals(batch.toArray(), [bytesOf(60, 1)]);
  assertEquals(batch.ticketOf(0), 5);
});

Deno.test(
  "ByteBatchRing full: push() and pushAsync() wait for room and add once",
  TIMEOUT,
  async () => {
    const ring = new ByteBatchRing(64, 64);
    using consumer = ring.consumer();
    ring.push(bytesOf(64, 0));
    assertThrows(() => ring.push(bytesOf(1, 1), { timeout: 0 }), DOMException);
    const waits = ring.pushAsync(bytesOf(33, 1), { ticket: 1 });
    assertEquals(drain(consumer), [bytesOf(64, 0)]);
    await waits;
    ring.push(bytesOf(24, 2), { ticket: 2 });
    using batch = consumer.bound()!;
    assertEquals(batch.toArray(), [bytesOf(33, 1), bytesOf(24, 2)]);
    const { threads } = currentThread();
    using other = claimOther();
    consumer.release();
    runAs(other.id, () => ByteBatchRing.from(ring.handle).consumer());
    threads.markLost(other.id);
    const lost = () => ring.push(bytesOf(64, 3));
    assertThrows(lost, RingEndLostError, "full");
  },
);

Deno.test("ByteBatchRing refuses capacities, and handles of other ones", () => {
  const bad = [0, 63, 65, NaN, "64", 2 * MAX_BATCH_CAPACITY] as number[];
  for (const capacity of bad) {
    const make = () => new ByteBatchRing(capacity, 64);
    assertThrows(make, RangeError, String(capacity));
  }
  for (const bytes of [0, 56, 63, 68, NaN, 2 ** 30 + 8, "64"] as number[]) {
    const make = () => new ByteBatchRing(64, bytes);
    assertThrows(make, RangeError, String(bytes));
  }
  const { handle } = new ByteBatchRing(64, 128);
  assertEquals(ByteBatchRing.from(handle).byteCapacity, 128);
  for (const other of [{ capacity: 128 }, { byteCapacity: 64 }]) {
    const attach = () => ByteBatchRing.from({ ...handle, ...other });
    assertThrows(attach, RangeError);
  }
});

type Step =
  | readonly ["push", number]
  | readonly ["write", number]
  | readonly ["pushMany", readonly number[]]
  | ConsumerStep;

const BYTES = 256;
const length = fc.oneof(fc.nat(20), fc.nat(BYTES));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant("push" as const), length),
  fc.tuple(fc.constant("write" as const), length),
  fc.tuple(
    fc.constant("pushMany" as const),
    fc.array(fc.nat(40), { maxLength: 30 }),
  ),
  { weight: 3, arbitrary: consumerStep },
);

/** Does a step with a ring of 256 bytes, and with what it must hold. */
function act(
  ring: ByteBatchRing,
  plain: PlainBatches<Uint8Array>,
  step: Step,
): void {
  const { next, taken } = plain;
  if (step[0] === "push" || step[0] === "write") {
    const bytes = bytesOf(step[1], next);
    const hasRoom = step[0] === "push"
      ? ring.tryPush(bytes, next)
      : ring.tryWrite(step[1], (all, start) => all.set(bytes, start), next);
    checkRoom(taken, step[1], hasRoom);
    if (hasRoom) plain.add([bytes]);
  } else if (step[0] === "pushMany") {
    const frames = step[1].map((length, k) => bytesOf(length, next + k));
    const count = ring.pushMany(frames, next);
    plain.add(frames.slice(0, count));
    const refused = step[1][count];
    if (refused !== undefined) checkRoom(plain.taken, refused, false);
  } else plain.do(step);
}

/** There is room only if there are as many bytes, and surely if there are twice. */
function checkRoom(
  taken: readonly Uint8Array[],
  length: number,
  hasRoom: boolean,
): void {
  const rooms = taken.map((bytes) => roomOf(bytes.length));
  const used = rooms.reduce((sum, room) => sum + room, 0);
  const room = roomOf(length);
  if (used + room > BYTES || rooms.length === 64) assertFalse(hasRoom);
  else if (rooms.length === 0) assert(hasRoom);
  // One gap at the end for a frame that is there, and one for this one.
  else if (used + Math.max(...rooms) + 2 * room <= BYTES) assert(hasRoom);
}

function roomOf(length: number): number {
  return Math.max(8, 8 * Math.ceil(length / 8));
}

Deno.test("ByteBatchRing does what arrays of batches do, wherever its positions start", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 2 ** 31, 2 ** 32),
      fc.nat(100),
      fc.array(step, { maxLength: 60 }),
      (wrap, before, steps) => {
        const ring = ringFrom((wrap - before) | 0, BYTES);
        const plain = new PlainBatches(ring);
        for (const each of steps) {
          act(ring, plain, each);
          plain.check();
        }
      },
    ),
    { numRuns: 300 },
  );
});
