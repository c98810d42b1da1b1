import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  type ByteConsumer,
  type ByteProducer,
  ByteRing,
  RingEndLostError,
} from "../../../sync/mod.ts";
import { byteLengthOf, FRAMES } from "../../../sync/queue/byte_ring_memory.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { runWorkers } from "../crew.ts";
import type {
  ByteRingOutcome,
  ByteRingTask,
} from "../fixtures/byte_ring_worker.ts";
import { refusesHandles } from "../handles.ts";
import { sliceOf } from "../memory.ts";
import { Mortal } from "../mortal.ts";
import { frameOf } from "../numbered_frame.ts";
import { claimOther, runAs } from "../other_thread.ts";
import { randomFrom } from "../random.ts";

const TIMEOUT = { timeout: 120_000 };

/** Puts an empty ring to where its positions start; before its ends are taken. */
function moveTo(ring: ByteRing, position: number): void {
  const { buffer, byteOffset } = ring.handle;
  const words = new Int32Array(buffer, byteOffset + FRAMES);
  words[0] = words[32] = position;
}

function bytesOf(length: number, seed: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, k) => (31 * seed + k) & 0xff);
}

Deno.test("ByteRing smoke", () => {
  const ring = new ByteRing(64);
  const producer = ring.producer();
  const consumer = ring.consumer();
  assertEquals(consumer.tryPop(), undefined);
  for (const bytes of [bytesOf(24, 1), bytesOf(0, 2), bytesOf(1, 3)]) {
    assert(producer.tryPush(bytes, 5));
    assertEquals(consumer.tryPop(), bytes);
    assertEquals(consumer.tag, 5);
    assertEquals(consumer.tryPop(), undefined);
  }
});

Deno.test("ByteRing capacity is what was asked for, and zero_capacity is refused", () => {
  for (const capacity of [64, 128, 2 ** 20]) {
    const ring = new ByteRing(capacity);
    assertEquals(ring.capacity, capacity);
    assertEquals(ring.longestFrame, capacity / 2 - 8);
    assertEquals(ByteRing.from(ring.handle).capacity, capacity);
  }
  for (const capacity of [0, -64, 32, 63, 96, 64.5, NaN, Infinity, 2 ** 31]) {
    const error = assertThrows(() => new ByteRing(capacity), RangeError);
    assertStringIncludes(error.message, String(capacity));
  }
  assertThrows(() => new ByteRing("64" as never), RangeError);
});

Deno.test("ByteRing refuses handles of something else, too small or of another capacity", () => {
  const { handle } = new ByteRing(128);
  const attach = refusesHandles(handle, ByteRing.from, byteLengthOf(128));
  assertThrows(() => attach({ kind: "SpscRing" }), TypeError);
  assertThrows(() => attach(sliceOf(8192)), RangeError);
  for (const capacity of [64, 96, 256, NaN]) {
    assertThrows(() => attach({ capacity }), RangeError);
  }
  assertEquals(attach({}).capacity, 128);
});

Deno.test("ByteRing len_empty_full", () => {
  const ring = new ByteRing(64);
  const producer = ring.producer();
  const consumer = ring.consumer();
  assertEquals([ring.used, ring.isEmpty], [0, true]);
  for (let k = 1; k <= 4; k++) {
    assert(producer.tryPush(bytesOf(k, k)));
    assertEquals([ring.used, ring.isEmpty], [16 * k, false]);
  }
  assertFalse(producer.tryPush(bytesOf(0, 0)));
  for (let k = 3; k >= 0; k--) {
    consumer.tryPop();
    assertEquals([ring.used, ring.isEmpty], [16 * k, k === 0]);
  }
});

Deno.test("ByteRing refuses frames that are none or too long, and stays as it is", async () => {
  const ring = new ByteRing(64);
  const producer = ring.producer();
  const long = bytesOf(25, 0);
  for (const bytes of [new Int32Array(1), "text", undefined, null, [1]]) {
    const frame = bytes as unknown as Uint8Array;
    assertThrows(() => producer.tryPush(frame), TypeError);
    assertThrows(() => producer.push(frame), TypeError);
    assertThrows(() => producer.pushMany([long.slice(1), frame]), TypeError);
    await assertRejects(() => producer.pushAsync(frame), TypeError);
  }
  const error = assertThrows(() => producer.tryPush(long), RangeError);
  assertStringIncludes(error.message, "25");
  assertThrows(() => producer.push(long), RangeError);
  assertThrows(() => producer.pushMany([long.slice(1), long]), RangeError);
  await assertRejects(() => producer.pushAsync(long), RangeError);
  for (const length of [25, -1, 1.5, NaN, "1"]) {
    assertThrows(
      () => producer.tryWrite(length as number, () => {}),
      RangeError,
    );
  }
  for (const tag of [0.5, 2 ** 31, NaN, "1"] as number[]) {
    assertThrows(() => producer.tryPush(long.slice(1), tag), RangeError);
    assertThrows(() => producer.push(long.slice(1), { tag }), RangeError);
    assertThrows(() => producer.pushMany([], tag), RangeError);
    assertThrows(() => producer.tryWrite(1, () => {}, tag), RangeError);
    await assertRejects(
      () => producer.pushAsync(long.slice(1), { tag }),
      RangeError,
    );
  }
  assertEquals(ring.used, 0);
  assert(producer.tryPush(long.slice(1), -(2 ** 31)));
  const consumer = ring.consumer();
  assertEquals(consumer.tryPop(), long.slice(1));
  assertEquals(consumer.tag, -(2 ** 31));
});

Deno.test("ByteConsumer.tryPopInto() takes no frame that is longer than its target", () => {
  const ring = new ByteRing(256);
  const producer = ring.producer();
  const consumer = ring.consumer();
  for (const target of [new Int8Array(9), [], undefined]) {
    assertThrows(() => consumer.tryPopInto(target as never), TypeError);
  }
  for (const length of [3, 33, 100]) {
    const bytes = bytesOf(length, length);
    producer.tryPush(bytes);
    assertThrows(() => consumer.tryPopInto(bytes.slice(1)), RangeError);
    const target = new Uint8Array(length + 1);
    assertEquals(consumer.tryPopInto(target), length);
    assertEquals(target.subarray(0, length), bytes);
    assertEquals(target[length], 0);
    assertEquals(consumer.tryPopInto(target), undefined);
  }
});

Deno.test("ByteRing: what throws in its callbacks changes nothing", () => {
  const ring = new ByteRing(128);
  const producer = ring.producer();
  const consumer = ring.consumer();
  const reason = new Error("no");
  const fails = () => {
    throw reason;
  };
  assertThrows(() => producer.tryWrite(8, fails), Error, "no");
  assertEquals(ring.used, 0);
  for (let k = 0; k < 3; k++) producer.tryPush(bytesOf(9, k), k);
  assertThrows(() => consumer.tryVisit(fails), Error, "no");
  const seen: number[] = [];
  assertThrows(
    () =>
      consumer.visitMany(({ tag }) => {
        if (tag === 1) throw reason;
        seen.push(tag);
      }),
    Error,
    "no",
  );
  // The room of the first one is free, that of the second one is not.
  assertEquals(ring.used, 48);
  assertEquals(consumer.tag, 0);
  while (producer.tryPush(bytesOf(9, 9), 9));
  assertEquals(consumer.visitMany(({ tag }) => seen.push(tag)), 5);
  assertEquals(seen, [0, 1, 2, 9, 9, 9]);
  assertEquals(ring.used, 0);
});

Deno.test("ByteConsumer.tryVisit() shows a frame in its place", () => {
  const ring = new ByteRing(128);
  const producer = ring.producer();
  const consumer = ring.consumer();
  assertEquals(consumer.tryVisit(() => 1), undefined);
  assert(
    producer.tryWrite(3, (bytes, start) => bytes.set([7, 8, 9], start), 4),
  );
  const seen = consumer.tryVisit(({ bytes, start, length, tag }) => {
    assert(bytes.buffer === ring.handle.buffer);
    return [...bytes.subarray(start, start + length), tag];
  });
  assertEquals(seen, [7, 8, 9, 4]);
  assert(ring.isEmpty);
});

Deno.test("ByteRing gives each end to one thread at a time", () => {
  const ring = new ByteRing(64);
  using other = claimOther();
  const producer = ring.producer();
  assertThrows(() => ring.producer(), TypeError);
  runAs(other.id, () => assertThrows(() => ring.producer(), TypeError));
  producer.tryPush(bytesOf(1, 1));
  producer.release();
  const next = runAs(other.id, () => ring.producer());
  next.tryPush(bytesOf(2, 2));
  // Not of this thread: it cannot give back what another one has.
  producer.release();
  assertThrows(() => ring.producer(), TypeError);
  const consumer = ring.consumer();
  assertThrows(() => ring.consumer(), TypeError);
  assertEquals(consumer.tryPop(), bytesOf(1, 1));
  // A frame that was waited for and not taken is the next one's.
  consumer.wait();
  consumer.release();
  using last = ring.consumer();
  consumer.release();
  assertEquals(last.tryPop(), bytesOf(2, 2));
  assertThrows(() => ring.consumer(), TypeError);
});

Deno.test("ByteRing lets the end of a lost thread be taken", async () => {
  const ring = new ByteRing(64);
  using other = claimOther();
  runAs(other.id, () => ring.producer().tryPush(bytesOf(3, 1)));
  currentThread().threads.markLost(other.id);
  using consumer = ring.consumer();
  assertEquals(consumer.pop(), bytesOf(3, 1));
  assertThrows(() => consumer.pop({ timeout: 1000 }), RingEndLostError);
  assertThrows(() => consumer.wait({ timeout: 1000 }), RingEndLostError);
  await assertRejects(() => consumer.popAsync(), RingEndLostError);
  await assertRejects(() => consumer.waitAsync(), RingEndLostError);
  using producer = ring.producer();
  assert(producer.tryPush(bytesOf(3, 2)));
  assertEquals(consumer.pop(), bytesOf(3, 2));
});

type Step =
  | readonly ["push", length: number, tag: number]
  | readonly ["write", length: number, tag: number]
  | readonly ["pushMany", readonly number[]]
  | readonly ["pop" | "popInto" | "visit" | "visitMany" | "wait"]
  | readonly ["retake", "producer" | "consumer"];

const length = fc.oneof(fc.nat(12), fc.nat(70));
const tag = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom("push", "write"), length, tag),
  fc.tuple(fc.constant("pushMany" as const), fc.array(length)),
  fc.tuple(fc.constantFrom("pop", "popInto", "visit", "visitMany", "wait")),
  fc.tuple(
    fc.constant("retake" as const),
    fc.constantFrom("producer", "consumer"),
  ),
);

interface Frame {
  readonly bytes: Uint8Array;
  readonly tag: number;
}

/** Runs a step on both; a ring says itself whether there is room. */
function takes(
  [name, ...rest]: Step,
  ends: { producer: ByteProducer; consumer: ByteConsumer },
  model: Frame[],
  next: (length: number) => Uint8Array<ArrayBuffer>,
): void {
  const { producer, consumer } = ends;
  const isFrame = (bytes: Uint8Array | undefined) => {
    const frame = model.shift();
    assertEquals(bytes, frame?.bytes);
    if (frame) assertEquals(consumer.tag, frame.tag);
  };
  switch (name) {
    case "push":
    case "write": {
      const [length, tag] = rest as [number, number];
      const bytes = next(length);
      const done = name === "push"
        ? producer.tryPush(bytes, tag)
        : producer.tryWrite(length, (ring, at) => ring.set(bytes, at), tag);
      if (done) model.push({ bytes, tag });
      else assert(model.length > 0, "an empty ring has room");
      break;
    }
    case "pushMany": {
      const frames = (rest[0] as number[]).map(next);
      const count = producer.pushMany(frames, 3);
      for (const bytes of frames.slice(0, count)) model.push({ bytes, tag: 3 });
      break;
    }
    case "pop":
      isFrame(consumer.tryPop());
      break;
    case "popInto": {
      const target = new Uint8Array(80);
      const length = consumer.tryPopInto(target);
      isFrame(length === undefined ? undefined : target.slice(0, length));
      break;
    }
    case "visit":
      isFrame(
        consumer.tryVisit(({ bytes, start, length }) =>
          Uint8Array.from(bytes.subarray(start, start + length))
        ),
      );
      break;
    case "visitMany": {
      const frames: Frame[] = [];
      const count = consumer.visitMany(({ bytes, start, length, tag }) => {
        const copy = Uint8Array.from(bytes.subarray(start, start + length));
        frames.push({ bytes: copy, tag });
      });
      assertEquals(frames, model.splice(0));
      assertEquals(count, frames.length);
      break;
    }
    case "wait":
      if (model.length > 0) consumer.wait();
  }
}

Deno.test("ByteRing does what an array of frames does, wherever its positions start", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(256, 512),
      fc.constantFrom(0, 2 ** 31, 2 ** 32),
      fc.nat(20),
      fc.array(step, { maxLength: 60 }),
      (capacity, wrap, before, steps) => {
        const ring = new ByteRing(capacity);
        if (wrap > 0) moveTo(ring, wrap - 8 * before);
        const ends = { producer: ring.producer(), consumer: ring.consumer() };
        const model: Frame[] = [];
        let seed = 0;
        for (const step of steps) {
          if (step[0] === "retake") {
            ends[step[1]].release();
            if (step[1] === "producer") ends.producer = ring.producer();
            else ends.consumer = ring.consumer();
          } else takes(step, ends, model, (length) => bytesOf(length, seed++));
          assertEquals(ring.isEmpty, model.length === 0);
        }
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("ByteRing: waits give up in time and change nothing", async () => {
  const ring = new ByteRing(64);
  const producer = ring.producer();
  const consumer = ring.consumer();
  for (const timeout of [0, 2]) {
    const error = assertThrows(() => consumer.pop({ timeout }), DOMException);
    assertEquals(error.name, "TimeoutError");
    assertThrows(() => consumer.wait({ timeout }), DOMException);
    await assertRejects(() => consumer.popAsync({ timeout }), DOMException);
    await assertRejects(() => consumer.waitAsync({ timeout }), DOMException);
  }
  const [first, second] = [bytesOf(24, 1), bytesOf(24, 2)];
  producer.push(first, { timeout: 0 });
  producer.push(first, { timeout: 0 });
  for (const timeout of [0, 2]) {
    const options = { timeout };
    assertThrows(() => producer.push(second, options), DOMException);
    await assertRejects(
      () => producer.pushAsync(second, options),
      DOMException,
    );
  }
  for (const timeout of [-1, NaN, "5" as never]) {
    const options = { timeout };
    assertThrows(() => consumer.pop(options), RangeError);
    assertThrows(() => consumer.wait(options), RangeError);
    assertThrows(() => producer.push(second, options), RangeError);
    await assertRejects(() => consumer.popAsync(options), RangeError);
    await assertRejects(() => consumer.waitAsync(options), RangeError);
    await assertRejects(() => producer.pushAsync(second, options), RangeError);
  }
  assertEquals([consumer.pop(), consumer.pop()], [first, first]);
  assert(ring.isEmpty);
});

Deno.test(
  "ByteConsumer.popAsync() and waitAsync() end with the reason of their signal",
  TIMEOUT,
  async () => {
    const ring = new ByteRing(64);
    const consumer = ring.consumer();
    const controller = new AbortController();
    const { signal } = controller;
    const given = [
      consumer.popAsync({ signal }),
      consumer.waitAsync({ signal }),
    ];
    const reason = new Error("enough");
    controller.abort(reason);
    for (const up of given) {
      assertEquals(await up.catch((error) => error), reason);
    }
    const next = consumer.popAsync();
    const producer = ring.producer();
    producer.tryPush(bytesOf(5, 5));
    assertEquals(await next, bytesOf(5, 5));
  },
);

for (
  const { capacity, frames } of [
    { capacity: 64, frames: 2000 },
    { capacity: 4096, frames: 20_000 },
  ]
) {
  Deno.test(
    `ByteRing of ${capacity} brings each frame to a worker once, in order and whole`,
    TIMEOUT,
    async () => {
      const ring = new ByteRing(capacity);
      moveTo(ring, 2 ** 32 - 8 * frames);
      const task = { ring: ring.handle, frames, seed: capacity };
      const done = await runWorkers<ByteRingTask, ByteRingOutcome>(
        "byte_ring_worker.ts",
        [{ ...task, end: "producer" }, { ...task, end: "consumer" }],
      );
      assertEquals(done, [frames, frames]);
      assert(ring.isEmpty);
    },
  );
}

Deno.test(
  "ByteRing brings all that a producer published before it was ended, and then what its successor does",
  TIMEOUT,
  async () => {
    const ring = new ByteRing(1024);
    moveTo(ring, 2 ** 31 - 4096);
    using consumer = ring.consumer();
    const random = randomFrom(7);
    for (let life = 0; life < 4; life++) {
      using worker = new Mortal<never>("byte_producer_worker.ts", {
        ring: ring.handle,
        name: life,
        seed: life + 1,
      });
      let next = 0;
      const take = (bytes: Uint8Array) => {
        assertEquals([bytes[0], consumer.tag], [life, next]);
        assertEquals(bytes, frameOf(life, next++));
      };
      const end = 1 + random(2000);
      // Until the new one comes the end is that of the lost one.
      while (ring.isEmpty) {
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      while (next < end) take(await consumer.popAsync());
      await worker.lose();
      await assertRejects(async () => {
        for (;;) take(await consumer.popAsync());
      }, RingEndLostError);
    }
  },
);

Deno.test(
  "ByteRing: a wait of an end that was given back is refused",
  TIMEOUT,
  async () => {
    const ring = new ByteRing(64);
    const producer = ring.producer();
    const first = ring.consumer();
    const pending = [first.popAsync(), first.waitAsync()];
    first.release();
    const consumer = ring.consumer();
    const next = consumer.popAsync();
    producer.push(Uint8Array.of(1));
    for (const wait of pending) await assertRejects(() => wait, TypeError);
    assertEquals(await next, Uint8Array.of(1));
    assertThrows(() => first.pop({ timeout: 1000 }), TypeError);

    while (producer.tryPush(bytesOf(8, 2)));
    const push = producer.pushAsync(Uint8Array.of(3));
    producer.release();
    const last = ring.producer();
    const later = last.pushAsync(Uint8Array.of(4));
    assertEquals(consumer.pop(), bytesOf(8, 2));
    await assertRejects(() => push, TypeError);
    await later;
    const rest: number[] = [];
    consumer.visitMany(({ bytes, start }) => rest.push(bytes[start]!));
    assertEquals(rest.at(-1), 4);
    assertFalse(rest.includes(3));
  },
);

Deno.test("ByteProducer refuses memory that was transferred, and stages nothing of it", async () => {
  const ring = new ByteRing(256);
  const producer = ring.producer();
  const consumer = ring.consumer();
  for (const length of [0, 10, 40]) {
    const gone = new Uint8Array(length);
    structuredClone(gone, { transfer: [gone.buffer] });
    assertThrows(() => producer.tryPush(gone), TypeError);
    assertThrows(() => producer.push(gone), TypeError);
    await assertRejects(() => producer.pushAsync(gone), TypeError);
    const frames = [Uint8Array.of(1), gone, Uint8Array.of(2)];
    assertThrows(() => producer.pushMany(frames), TypeError);
    assert(producer.tryPush(Uint8Array.of(7)));
    assertEquals([consumer.tryPop(), consumer.tryPop()], [
      Uint8Array.of(7),
      undefined,
    ]);
  }
});

Deno.test("ByteProducer copies as many bytes as it made room for", () => {
  class Longer extends Uint8Array {
    override get length(): number {
      return 4;
    }
  }
  const ring = new ByteRing(256);
  const producer = ring.producer();
  const consumer = ring.consumer();
  assert(producer.tryPush(Longer.from(new Array(40).fill(5))));
  assert(producer.tryPush(Uint8Array.of(1)));
  assertEquals(consumer.tryPop(), new Uint8Array(40).fill(5));
  assertEquals(consumer.tryPop(), Uint8Array.of(1));
  const shared = new SharedArrayBuffer(40, { maxByteLength: 64 });
  assert(producer.tryPush(new Uint8Array(shared).fill(6)));
  assertEquals(consumer.tryPop(), new Uint8Array(40).fill(6));
});

Deno.test("ByteProducer.tryPush() that fails in its copy leaves nothing behind", () => {
  const ring = new ByteRing(256);
  const producer = ring.producer();
  const consumer = ring.consumer();
  const bytes = new Uint8Array(40);
  const { set } = Uint8Array.prototype;
  try {
    Uint8Array.prototype.set = () => {
      throw new RangeError("refused");
    };
    assertThrows(() => producer.tryPush(bytes), RangeError);
    assertThrows(() => producer.pushMany([new Uint8Array(1), bytes]));
  } finally {
    Uint8Array.prototype.set = set;
  }
  assert(producer.tryPush(Uint8Array.of(7)));
  assertEquals(consumer.tryPop(), Uint8Array.of(7));
  assertEquals(consumer.tryPop(), undefined);
});

Deno.test("ByteProducer refuses calls in the middle of a frame", async () => {
  const ring = new ByteRing(256);
  const producer = ring.producer();
  const consumer = ring.consumer();
  const one = Uint8Array.of(1);
  const rejected: Promise<unknown>[] = [];
  assert(producer.tryWrite(1, (bytes, start) => {
    assertThrows(() => producer.tryPush(one), TypeError);
    assertThrows(() => producer.push(one), TypeError);
    assertThrows(() => producer.pushMany([one]), TypeError);
    assertThrows(() => producer.tryWrite(1, () => {}), TypeError);
    assertThrows(() => producer.release(), TypeError);
    rejected.push(assertRejects(() => producer.pushAsync(one), TypeError));
    // The other end may be used.
    assertEquals(consumer.tryPop(), undefined);
    bytes[start] = 9;
  }));
  await Promise.all(rejected);
  const refuse = () => {
    producer.tryPush(one);
  };
  assertThrows(() => producer.tryWrite(4, refuse), TypeError);
  assert(producer.tryPush(one));
  const frames = [consumer.tryPop(), consumer.tryPop(), consumer.tryPop()];
  assertEquals(frames, [Uint8Array.of(9), one, undefined]);
});

Deno.test("ByteConsumer refuses calls in the middle of a frame", async () => {
  const ring = new ByteRing(256);
  const producer = ring.producer();
  const consumer = ring.consumer();
  const frames = [1, 2, 3, 4].map((byte) => Uint8Array.of(byte));
  assertEquals(producer.pushMany(frames), 4);
  const rejected: Promise<unknown>[] = [];
  const seen: number[] = [];
  const visit = (frame: { bytes: Uint8Array; start: number }) => {
    assertThrows(() => consumer.tryPop(), TypeError);
    assertThrows(() => consumer.pop(), TypeError);
    assertThrows(() => consumer.wait(), TypeError);
    assertThrows(() => consumer.tryPopInto(new Uint8Array(8)), TypeError);
    assertThrows(() => consumer.tryVisit(() => {}), TypeError);
    assertThrows(() => consumer.visitMany(() => {}), TypeError);
    assertThrows(() => consumer.release(), TypeError);
    rejected.push(assertRejects(() => consumer.popAsync(), TypeError));
    rejected.push(assertRejects(() => consumer.waitAsync(), TypeError));
    seen.push(frame.bytes[frame.start]!);
  };
  consumer.tryVisit(visit);
  assertThrows(() => consumer.tryVisit(() => consumer.tryPop()), TypeError);
  assertEquals(consumer.visitMany(visit), 3);
  assertEquals(seen, [1, 2, 3, 4]);
  await Promise.all(rejected);
  assertEquals(consumer.tryPop(), undefined);
  consumer.release();
});
