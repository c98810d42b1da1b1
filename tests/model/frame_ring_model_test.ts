/**
 * Model tests of the frame ring. Bounds: one producer and one consumer, up to five
 * frames, capacities of 64 and 1024 bytes, in one program a second consumer; all
 * interleavings. Who waits for room is in `doorbell_model_test.ts`.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import {
  FrameRingConsumer,
  FrameRingProducer,
  frameRingSize,
  type FrameSource,
} from "../../sync/queue/frame_ring.ts";
import { LINE, type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import type { Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { explored as holds } from "./program.ts";

type Module = Pick<
  typeof import("../../sync/queue/frame_ring.ts"),
  "FrameRingConsumer" | "FrameRingProducer"
>;
const ORIGINAL: Module = { FrameRingConsumer, FrameRingProducer };

const HEAD = 0;
const TAIL = LINE / 4;

/** The bytes of the frame with this number. */
function payload(number: number, length: number): number[] {
  return Array.from({ length }, (_, k) => (17 * number + k + 1) & 0xff);
}

/** The same as a source, in the middle of some memory. */
function source(number: number, length: number, start: number): FrameSource {
  const bytes = new Uint8Array((start + length + 11) & ~3);
  bytes.set(payload(number, length), start);
  return { bytes, words: new Int32Array(bytes.buffer) };
}

interface StreamOptions {
  readonly capacity?: number;
  /** Where the ring stands at the start, in bytes. */
  readonly position?: number;
  /** Frames that are published together. */
  readonly batch?: number;
  /** Frames that are released together. */
  readonly keep?: number;
  /** Where the payload starts in its memory: words are copied from 0 only. */
  readonly start?: number;
  readonly module?: Module;
}

/**
 * One thread sends frames of these lengths and leaves out those for which there
 * is no room; another one takes what it finds, in as many looks. Neither waits,
 * which would only add schedules.
 */
function stream(
  lengths: readonly number[],
  options: StreamOptions = {},
): Program<SharedSlice> & { readonly sent: Set<number> } {
  const { capacity = 64, position = 0, batch = 1, keep = 1 } = options;
  const { start = 0, module = ORIGINAL } = options;
  const sent = new Set<number>();
  return {
    sent,
    setup: () => ringAt(position, capacity),
    threads: [
      (slice) => {
        const ring = new module.FrameRingProducer(slice, capacity);
        const sent: number[] = [];
        for (const [k, length] of lengths.entries()) {
          const frame = source(k, length, start);
          if (ring.tryWrite(1000 + k, frame, start, length)) sent.push(k);
          if ((k + 1) % batch === 0) ring.publish();
        }
        ring.publish();
        return sent;
      },
      (slice) => {
        const ring = new module.FrameRingConsumer(slice, capacity);
        const taken: number[] = [];
        for (let looks = 0; looks < lengths.length; looks++) {
          if (!ring.next()) continue;
          taken.push(takes(ring, lengths));
          if (taken.length % keep === 0) ring.release();
        }
        ring.release();
        return taken;
      },
    ],
    check: (slice, results) => {
      const [all, taken] = results as [number[], number[]];
      const rest = new module.FrameRingConsumer(slice, capacity);
      while (rest.next()) taken.push(takes(rest, lengths));
      assertEquals(taken, all);
      sent.add(all.length);
    },
    preemptions: Infinity,
  };
}

/** A ring without frames. */
function ringAt(position: number, capacity: number): SharedSlice {
  const slice = allocate(frameRingSize(capacity));
  const words = wordsOf(slice, TAIL + 1);
  Atomics.store(words, HEAD, position | 0);
  Atomics.store(words, TAIL, position | 0);
  return slice;
}

/** The number of the current frame, which must be whole. */
function takes(ring: FrameRingConsumer, lengths: readonly number[]): number {
  const number = ring.tag - 1000;
  assertEquals(ring.length, lengths[number]);
  assertEquals(
    [...ring.bytes.slice(ring.start, ring.start + ring.length)],
    payload(number, ring.length),
  );
  return number;
}

/** The same; in some schedule all frames find room, and in some they do not. */
async function flows(
  lengths: readonly number[],
  options?: StreamOptions,
): Promise<void> {
  const program = stream(lengths, options);
  await holds(program);
  assert(program.sent.has(lengths.length));
  assert(program.sent.size > 1);
}

Deno.test("FrameRing: every frame arrives once, in order and whole", async () => {
  await holds(stream([1, 0, 8]));
  await holds(stream([3, 5], { start: 1 }));
  await holds(stream([20, 7, 24], { keep: 2 }));
  await holds(stream([300, 260, 400], { capacity: 1024 }));
});

Deno.test("FrameRing: a full ring takes nothing, and no frame is torn at its end", async () => {
  // 32 and 16 bytes, then 16 that are skipped and 32 at the start.
  await flows([24, 8, 24, 0]);
  // Fills the ring to the last byte, again and again.
  await flows([24, 24, 24, 24, 24]);
  await flows([24, 16, 24, 24, 16], { start: 1 });
  // A skip of 8 bytes, the smallest.
  await flows([24, 16, 0, 8, 8]);
  await flows([24, 24, 8, 24], { keep: 2 });
});

Deno.test("FrameRing: positions may pass 2^31 and 2^32", async () => {
  for (const position of [2 ** 31, 2 ** 32]) {
    for (const before of [8, 24, 32, 64]) {
      await flows([24, 8, 24, 16], { position: position - before });
    }
    await holds(stream([16, 24, 0], { position: position + 40, batch: 2 }));
  }
});

Deno.test("FrameRingProducer.publish() hands a whole batch over at once", async () => {
  await holds(stream([0, 8, 8, 4], { batch: 2, keep: 4 }));
  await holds({
    setup: () => ringAt(0, 64),
    threads: [
      (slice) => {
        const ring = new FrameRingProducer(slice, 64);
        for (let k = 0; k < 3; k++) {
          assert(ring.tryWrite(1000 + k, source(k, 4, 0), 0, 4));
        }
        assertEquals(ring.staged, 48);
        ring.publish();
        assertEquals(ring.staged, 0);
        // Not published.
        assert(ring.tryWrite(1003, source(3, 4, 0), 0, 4));
      },
      (slice) => {
        const ring = new FrameRingConsumer(slice, 64);
        if (!ring.next()) return false;
        assertEquals(takes(ring, [4, 4, 4]), 0);
        for (const k of [1, 2]) {
          assert(ring.next());
          assertEquals(takes(ring, [4, 4, 4]), k);
        }
        assert(!ring.next());
        return true;
      },
    ],
  });
});

Deno.test("FrameRing: a new producer and a new consumer find the frames that are there", async () => {
  await holds({
    setup: () => {
      const slice = ringAt(2 ** 31 - 40, 64);
      const former = new FrameRingProducer(slice, 64);
      for (const [k, length] of [16, 8].entries()) {
        assert(former.tryWrite(1000 + k, source(k, length, 0), 0, length));
      }
      former.publish();
      // Lost with its producer.
      assert(former.tryWrite(1099, source(99, 0, 0), 0, 0));
      return slice;
    },
    threads: [
      (slice) => {
        const ring = new FrameRingProducer(slice, 64);
        while (!ring.tryWrite(1002, source(2, 24, 0), 0, 24)) Atomics.pause();
        ring.publish();
      },
      (slice) => {
        const former = new FrameRingConsumer(slice, 64);
        assert(former.next());
        assertEquals(takes(former, [16, 8, 24]), 0);
        former.release();
        assert(former.next());
        assertEquals(takes(former, [16, 8, 24]), 1);
        // Not released, and so still there.
        const ring = new FrameRingConsumer(slice, 64);
        for (const k of [1, 2]) {
          while (!ring.next()) Atomics.pause();
          assertEquals(takes(ring, [16, 8, 24]), k);
          ring.release();
        }
      },
    ],
  });
});

Deno.test("FrameRing: a consumer in another thread goes on where the first one stopped", async () => {
  const lengths = [16, 24, 8];
  const program = stream(lengths);
  const [produces] = program.threads;
  const consumes = (slice: SharedSlice) => {
    const ring = new FrameRingConsumer(slice, 64);
    const taken: number[] = [];
    for (let looks = 0; looks < 2; looks++) {
      if (!ring.next()) continue;
      taken.push(takes(ring, lengths));
      ring.release();
    }
    return taken;
  };
  await holds({
    setup: () => ({ ring: ringAt(0, 64), over: allocate(4) }),
    threads: [
      ({ ring }, thread) => produces!(ring, thread),
      ({ ring, over }) => {
        const taken = consumes(ring);
        Atomics.store(wordsOf(over, 1), 0, 1);
        return taken;
      },
      ({ ring, over }) => {
        const mayTake = Atomics.load(wordsOf(over, 1), 0) === 1;
        return mayTake ? consumes(ring) : [];
      },
    ],
    check: ({ ring }, [sent, first, second]) =>
      program.check!(ring, [sent, [first, second].flat()], []),
    preemptions: Infinity,
  });
});

/** A ring with mistakes. */
function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/queue/frame_ring.ts", edits);
}

Deno.test("FrameRing: the checker finds a tail that is stored before the payload", async () => {
  const module = await broken([
    "ring[at] = length;",
    "Atomics.store(this.#control, TAIL, this.#tail); ring[at] = length;",
  ]);
  await refuses("data race", stream([8], { module }));
});

Deno.test("FrameRing: the checker finds a tail that is stored without Atomics", async () => {
  const module = await broken([
    "Atomics.store(this.#control, TAIL, this.#tail);",
    "this.#control[TAIL] = this.#tail;",
  ]);
  await refuses("data race", stream([8], { module }));
});

Deno.test("FrameRing: the checker finds a frame that is released before it is read", async () => {
  const module = await broken([
    "this.#next = (at + HEADER + ((length + 7) & ~7)) | 0;",
    `this.#next = (at + HEADER + ((length + 7) & ~7)) | 0;
     Atomics.store(this.#control, HEAD, this.#next);`,
  ]);
  await refuses("data race", stream([24, 24, 24], { module }));
});

Deno.test("FrameRing: the checker finds a producer that takes a frame too much for free", async () => {
  const module = await broken(
    ["> capacity) {", "> capacity + 16) {"],
    ["> capacity) return -1;", "> capacity + 16) return -1;"],
  );
  await refuses("exception", stream([24, 24, 8], { module, keep: 3 }));
});

Deno.test("FrameRing: the checker finds a skip that is not marked", async () => {
  const module = await broken(["this.#words[offset >> 2] = SKIP;", ""]);
  await refuses("exception", stream([24, 8, 24], { module }));
});

Deno.test("FrameRing: the checker finds positions that are compared as they are", async () => {
  const module = await broken([
    "if (((end - this.#head) | 0) > capacity) {",
    "if (end > this.#head + capacity) {",
  ]);
  const position = 2 ** 31 - 24;
  await refuses("exception", stream([24, 24, 8], { module, position }));
});
