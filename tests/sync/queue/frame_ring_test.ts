import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  FrameRingConsumer,
  FrameRingProducer,
  frameRingSize,
  type FrameSource,
  longestFrame,
} from "../../../sync/queue/frame_ring.ts";
import { LINE } from "../../../sync/memory/memory.ts";
import type { SharedSlice } from "../../../sync/mod.ts";
import { sliceOf } from "../memory.ts";

const TIMEOUT = { timeout: 120_000 };

/** A source of bytes that start somewhere in it. */
function sourceOf(payload: Uint8Array, start: number): FrameSource {
  const memory = new ArrayBuffer((start + payload.length + 11) & ~7);
  const bytes = new Uint8Array(memory).fill(0xee);
  bytes.set(payload, start);
  return { bytes, words: new Int32Array(memory) };
}

/** A ring whose counters stand at `position` already. */
function ringAt(capacity: number, position: number): SharedSlice {
  const slice = sliceOf(LINE + frameRingSize(capacity) + LINE);
  const guarded = { buffer: slice.buffer, byteOffset: LINE };
  new Uint8Array(slice.buffer).fill(0x55);
  const control = new Int32Array(slice.buffer, LINE, 3 * LINE / 4);
  control.fill(0);
  // As in frame_ring.ts: head, then tail, on lines of their own.
  control[0] = control[LINE / 4] = position | 0;
  return guarded;
}

/** Fails if anybody wrote before or after the ring. */
function assertGuards({ buffer }: SharedSlice): void {
  const guards = [
    new Uint8Array(buffer, 0, LINE),
    new Uint8Array(buffer, buffer.byteLength - LINE, LINE),
  ];
  for (const guard of guards) assert(guard.every((byte) => byte === 0x55));
}

interface Frame {
  readonly tag: number;
  readonly payload: Uint8Array;
}

/** What the ring should have in it. */
interface Model {
  staged: Frame[];
  published: Frame[];
  /** Whether frames were taken and not given back. */
  held: boolean;
  starved: boolean;
  /** Frames in the ring, held ones included. */
  inside: number;
}

interface Real {
  producer: FrameRingProducer;
  consumer: FrameRingConsumer;
}

class Write implements fc.Command<Model, Real> {
  readonly frame: Frame;
  readonly start: number;
  constructor(tag: number, payload: Uint8Array, start: number) {
    this.frame = { tag, payload };
    this.start = start;
  }
  check(): boolean {
    return true;
  }
  run(model: Model, { producer }: Real): void {
    const { tag, payload } = this.frame;
    const before = producer.staged;
    const done = producer.tryWrite(
      tag,
      sourceOf(payload, this.start),
      this.start,
      payload.length,
    );
    if (done) {
      model.staged.push(this.frame);
      model.inside++;
    } else {
      assert(model.inside > 0, "an empty ring refused a frame");
      assertEquals(producer.staged, before);
    }
  }
  toString(): string {
    const { tag, payload } = this.frame;
    return `write(${tag}, ${payload.length} bytes from ${this.start})`;
  }
}

class Publish implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }
  run(model: Model, { producer }: Real): void {
    assertEquals(producer.staged > 0, model.staged.length > 0);
    producer.publish();
    assertEquals(producer.staged, 0);
    model.published.push(...model.staged);
    model.staged = [];
  }
  toString(): string {
    return "publish";
  }
}

class Next implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }
  run(model: Model, { consumer }: Real): void {
    const frame = model.published.shift();
    assertEquals(consumer.next(), frame !== undefined);
    if (frame === undefined) return;
    model.held = true;
    const { tag, start, length, bytes, words } = consumer;
    assertEquals(tag, frame.tag);
    assertEquals(bytes.slice(start, start + length), frame.payload);
    assertEquals(start % 8, 0);
    assert(words.buffer === bytes.buffer);
    assertEquals(words.byteOffset, bytes.byteOffset);
  }
  toString(): string {
    return "next";
  }
}

class Release implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }
  run(model: Model, { consumer }: Real): void {
    assertEquals(consumer.release(), model.held && model.starved);
    if (!model.held) return;
    model.held = model.starved = false;
    model.inside = model.published.length + model.staged.length;
  }
  toString(): string {
    return "release";
  }
}

class Starve implements fc.Command<Model, Real> {
  check(): boolean {
    return true;
  }
  run(model: Model, { producer }: Real): void {
    producer.starve();
    model.starved = true;
  }
  toString(): string {
    return "starve";
  }
}

function commandsOf(capacity: number): fc.Arbitrary<fc.Command<Model, Real>>[] {
  const longest = longestFrame(capacity);
  const length = fc.oneof(
    fc.nat(Math.min(longest, 40)),
    fc.nat(longest),
    fc.integer({ min: longest - 1, max: longest }),
  );
  return [
    fc.record({ tag: fc.integer(), length, start: fc.nat(9), seed: fc.nat() })
      .map(({ tag, length, start, seed }) =>
        new Write(
          tag,
          Uint8Array.from({ length }, (_, k) => (k + 1) * (seed | 1)),
          start,
        )
      ),
    fc.constant(new Publish()),
    fc.constant(new Next()),
    fc.constant(new Release()),
    fc.constant(new Starve()),
  ];
}

for (const capacity of [64, 128, 2048]) {
  Deno.test(
    `A frame ring of ${capacity} bytes behaves like a queue of frames`,
    TIMEOUT,
    () => {
      fc.assert(
        fc.property(
          fc.constantFrom(0, 2 ** 31, 2 ** 32),
          fc.nat(2 * capacity / 8),
          fc.commands(commandsOf(capacity), { maxCommands: 120, size: "max" }),
          (near, before, commands) => {
            const position = near - 8 * before;
            const slice = ringAt(capacity, position);
            fc.modelRun(() => ({
              model: {
                staged: [],
                published: [],
                held: false,
                starved: false,
                inside: 0,
              },
              real: {
                producer: new FrameRingProducer(slice, capacity),
                consumer: new FrameRingConsumer(slice, capacity),
              },
            }), commands);
            assertGuards(slice);
          },
        ),
        { numRuns: 150 },
      );
    },
  );
}

Deno.test("A frame ring takes its longest frame wherever the last one ended", () => {
  const capacity = 128;
  for (let offset = 0; offset < capacity; offset += 8) {
    const slice = ringAt(capacity, offset);
    const producer = new FrameRingProducer(slice, capacity);
    const consumer = new FrameRingConsumer(slice, capacity);
    const payload = new Uint8Array(longestFrame(capacity)).fill(offset + 1);
    assert(producer.tryWrite(offset, sourceOf(payload, 0), 0, payload.length));
    producer.publish();
    assert(consumer.next());
    const { start, length } = consumer;
    assertEquals(consumer.bytes.slice(start, start + length), payload);
  }
});

Deno.test("FrameRingProducer.tryWrite() fills all of the ring, and no more", () => {
  for (const position of [0, 2 ** 31 - 128, 2 ** 32 - 128]) {
    const slice = ringAt(256, position);
    const producer = new FrameRingProducer(slice, 256);
    const consumer = new FrameRingConsumer(slice, 256);
    const write = () =>
      producer.tryWrite(1, sourceOf(new Uint8Array(8), 0), 0, 8);
    for (let k = 0; k < 16; k++) assert(write());
    assertFalse(write());
    producer.publish();
    assert(consumer.next() && consumer.next());
    assertFalse(write());
    consumer.release();
    assert(write() && write());
    assertFalse(write());
    let frames = 0;
    producer.publish();
    while (consumer.next()) frames++;
    assertEquals(frames, 16);
    assertGuards(slice);
  }
});

Deno.test("FrameRingConsumer.next() sees nothing before it is published", () => {
  const slice = ringAt(256, 0);
  const producer = new FrameRingProducer(slice, 256);
  const consumer = new FrameRingConsumer(slice, 256);
  const empty = sourceOf(new Uint8Array(0), 0);
  producer.tryWrite(1, empty, 0, 0);
  assertFalse(consumer.next());
  producer.publish();
  producer.tryWrite(2, empty, 0, 0);
  assert(consumer.next());
  assertEquals([consumer.tag, consumer.length], [1, 0]);
  assertFalse(consumer.next());
});

Deno.test("FrameRingConsumer.release() says once that the producer starves", () => {
  const slice = ringAt(256, 0);
  const producer = new FrameRingProducer(slice, 256);
  const consumer = new FrameRingConsumer(slice, 256);
  const empty = sourceOf(new Uint8Array(0), 0);
  const releases = () => {
    producer.tryWrite(1, empty, 0, 0);
    producer.publish();
    assert(consumer.next());
    return consumer.release();
  };
  assertFalse(releases());
  producer.starve();
  assertFalse(consumer.release());
  assert(releases());
  assertFalse(releases());
});

Deno.test("A frame ring keeps its frames for those who come after", () => {
  for (const position of [0, 2 ** 31 - 32, 2 ** 32 - 32]) {
    const slice = ringAt(256, position);
    const send = (tag: number, publish: boolean) => {
      const producer = new FrameRingProducer(slice, 256);
      const source = sourceOf(Uint8Array.of(tag), 0);
      assert(producer.tryWrite(tag, source, 0, 1));
      if (publish) producer.publish();
    };
    const take = (release: boolean) => {
      const consumer = new FrameRingConsumer(slice, 256);
      const found = consumer.next() ? consumer.tag : undefined;
      if (release) consumer.release();
      return found;
    };
    send(1, true);
    send(2, true);
    // What a lost producer staged is lost with it.
    send(3, false);
    send(4, true);
    assertEquals(take(false), 1);
    assertEquals([1, 2, 3, 4].map(() => take(true)), [1, 2, 4, undefined]);
  }
});

Deno.test("A frame ring refuses a capacity that is no power of two", () => {
  for (const capacity of [0, 32, 63, 96, 64.5, -64, NaN, 2 ** 31]) {
    for (const End of [FrameRingProducer, FrameRingConsumer]) {
      assertThrows(() => new End(sliceOf(4096), capacity), RangeError);
    }
  }
});

Deno.test("FrameRingProducer.tryWrite() leaves the ring alone when it throws", () => {
  const producer = new FrameRingProducer(sliceOf(frameRingSize(64)), 64);
  const memory = new ArrayBuffer(64);
  try {
    producer.tryWrite(
      1,
      { bytes: new Uint8Array(memory), words: new Int32Array(memory) },
      0,
      0x7fffffff,
    );
  } catch { /* refused is fine */ }
  assertEquals(producer.staged, 0);
});
