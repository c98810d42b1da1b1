/**
 * Model tests of `ByteRing`: its ends and its waiting; how frames are passed on is
 * in `frame_ring_model_test.ts`. Bounds: one producer and one consumer with up to
 * three frames, all interleavings. In one program two threads that want the same
 * end. Positions from 0 and near 2^31 and 2^32.
 */

import { assert, assertEquals } from "@std/assert";
import type { ByteConsumer } from "../../sync/queue/byte_consumer.ts";
import { ByteRing } from "../../sync/queue/byte_ring.ts";
import {
  type ByteRingHandle,
  FRAMES,
} from "../../sync/queue/byte_ring_memory.ts";
import { LINE, partOf, wordsOf } from "../../sync/memory/memory.ts";
import { RingEndLostError } from "../../sync/queue/ring_end.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { crewOf, explored, markLost } from "./program.ts";

type Module = Pick<typeof import("../../sync/queue/byte_ring.ts"), "ByteRing">;
const ORIGINAL: Module = { ByteRing };

let crew: CurrentThread[] = [];
const enter = (thread: number) => becomeThread(crew[thread]!);

/** An empty ring of 64 bytes and the threads that will use it. */
function ringAt(position = 0): ByteRingHandle {
  crew = crewOf(4);
  const { handle } = new ByteRing(64);
  const control = wordsOf(partOf(handle, FRAMES), LINE);
  Atomics.store(control, 0, position | 0);
  Atomics.store(control, LINE / 4, position | 0);
  return handle;
}

/** A frame that fills half of the ring. */
function half(value: number): Uint8Array {
  return new Uint8Array(24).fill(value);
}

/** Takes the frames that are there. */
function drain(consumer: ByteConsumer): number[] {
  const values: number[] = [];
  for (let bytes; (bytes = consumer.tryPop()) !== undefined;) {
    assert(bytes.length === 24 && bytes.every((byte) => byte === bytes![0]));
    values.push(bytes[0]!);
  }
  return values;
}

const PUSHES = ["tryPush", "pushMany", "tryWrite"] as const;
const POPS = ["tryPop", "tryPopInto", "tryVisit", "visitMany"] as const;

/** Three frames, of which the producer sends those for which there is room. */
function stream(
  push: typeof PUSHES[number],
  pop: typeof POPS[number],
  position = 0,
): Program<ByteRingHandle> & { readonly sent: Set<number> } {
  const sent = new Set<number>();
  return {
    sent,
    enter,
    setup: () => ringAt(position),
    threads: [
      (handle) => {
        const producer = ByteRing.from(handle).producer();
        const pushed: number[] = [];
        for (const value of [1, 2, 3]) {
          let done = false;
          if (push === "tryPush") done = producer.tryPush(half(value), value);
          if (push === "pushMany") done = producer.pushMany([half(value)]) > 0;
          if (push === "tryWrite") {
            done = producer.tryWrite(24, (bytes, start) => {
              bytes.set(half(value), start);
            });
          }
          if (done) pushed.push(value);
        }
        return pushed;
      },
      (handle) => {
        using consumer = ByteRing.from(handle).consumer();
        const taken: number[] = [];
        const target = new Uint8Array(24);
        for (let look = 0; look < 2; look++) {
          if (pop === "tryPop") {
            taken.push(...consumer.tryPop()?.slice(23) ?? []);
          }
          if (pop === "tryPopInto" && consumer.tryPopInto(target)) {
            taken.push(target[23]!);
          }
          if (pop === "tryVisit") {
            consumer.tryVisit(({ bytes, start }) =>
              taken.push(bytes[start + 23]!)
            );
          }
          if (pop === "visitMany") {
            consumer.visitMany(({ bytes, start }) =>
              taken.push(bytes[start + 23]!)
            );
          }
        }
        return taken;
      },
    ],
    check: (handle, results) => {
      const [pushed, taken] = results as [number[], number[]];
      const ring = ByteRing.from(handle);
      const { used } = ring;
      const left = drain(ring.consumer());
      assertEquals([...taken, ...left], pushed);
      assertEquals(used, 32 * left.length);
      sent.add(pushed.length);
    },
    timeouts: 0,
    preemptions: Infinity,
  };
}

Deno.test("ByteRing: every frame arrives once, in order and whole, by all doors that do not wait", async () => {
  for (const push of PUSHES) {
    for (const pop of POPS) {
      const program = stream(push, pop);
      await explored(program);
      assertEquals(program.sent, new Set([2, 3]));
    }
  }
});

Deno.test("ByteRing: positions may pass 2^31 and 2^32", async () => {
  for (const position of [2 ** 31, 2 ** 32]) {
    for (const before of [32, 64]) {
      await explored(stream("tryPush", "tryPop", position - before));
    }
  }
});

/** Takes the two frames of a full ring, and frees them at once. */
function takeTwo(consumer: ByteConsumer): (number | undefined)[] {
  const taken: (number | undefined)[] = [];
  // The producer may have added the third one only after that.
  const count = consumer.visitMany(({ bytes, start }) => {
    taken.push(bytes[start]);
  });
  assertEquals(count, 2);
  return taken;
}

/** Both doors in both directions, from a full ring to one that is empty. */
function waiting(
  push: "push" | "pushAsync",
  pop: "pop" | "popAsync" | "waitAsync",
  module: Module = ORIGINAL,
): Program<ByteRingHandle> {
  return {
    enter,
    setup: () => {
      const handle = ringAt();
      using producer = ByteRing.from(handle).producer();
      assertEquals(producer.pushMany([half(1), half(2)]), 2);
      return handle;
    },
    threads: [
      push === "pushAsync"
        ? async (handle) => {
          const producer = module.ByteRing.from(handle).producer();
          await producer.pushAsync(half(3));
        }
        : (handle) => {
          const producer = module.ByteRing.from(handle).producer();
          producer.push(half(3));
        },
      pop === "pop"
        ? (handle) => {
          const consumer = module.ByteRing.from(handle).consumer();
          return [...takeTwo(consumer), consumer.pop()[0]];
        }
        : async (handle) => {
          const consumer = module.ByteRing.from(handle).consumer();
          const taken = takeTwo(consumer);
          if (pop === "popAsync") {
            return [...taken, (await consumer.popAsync())[0]];
          }
          await consumer.waitAsync();
          const third = consumer.tryVisit(({ bytes, start }) => bytes[start]);
          return [...taken, third];
        },
    ],
    check: (_, [, taken]) => assertEquals(taken, [1, 2, 3]),
    timeouts: 0,
    preemptions: Infinity,
  };
}

Deno.test("ByteRing: each end is woken, by all doors", async () => {
  for (const push of ["push", "pushAsync"] as const) {
    for (const pop of ["pop", "popAsync", "waitAsync"] as const) {
      await explored(waiting(push, pop));
    }
  }
});

Deno.test("ByteConsumer.popAsync() and ByteProducer.pushAsync() given up change nothing", async () => {
  for (const gives of ["pop", "push"] as const) {
    const ends = new Set<unknown>();
    await explored<ByteRingHandle>({
      enter,
      setup: () => {
        const handle = ringAt();
        if (gives === "pop") return handle;
        using producer = ByteRing.from(handle).producer();
        producer.pushMany([half(7), half(8)]);
        return handle;
      },
      threads: [
        (handle) => {
          const ring = ByteRing.from(handle);
          if (gives === "pop") ring.producer().push(half(1));
          else {
            using consumer = ring.consumer();
            consumer.tryPop();
          }
        },
        async (handle, thread) => {
          const ring = ByteRing.from(handle);
          const end = gives === "pop" ? ring.consumer() : ring.producer();
          const options = { signal: thread.signal() };
          try {
            if ("popAsync" in end) await end.popAsync(options);
            else await end.pushAsync(half(9), options);
            return "done";
          } catch (error) {
            if (!(error instanceof DOMException)) throw error;
            return "aborted";
          } finally {
            end.release();
          }
        },
      ],
      check: (handle, [, end]) => {
        ends.add(end);
        const rest = drain(ByteRing.from(handle).consumer());
        const done = gives === "pop" ? [] : [8, 9];
        const given = gives === "pop" ? [1] : [8];
        assertEquals(rest, end === "done" ? done : given);
      },
      timeouts: 0,
    });
    assertEquals(ends, new Set(["done", "aborted"]));
  }
});

Deno.test("ByteConsumer.pop() in time takes a frame, else none", async () => {
  const ends = new Set<unknown>();
  await explored<ByteRingHandle>({
    enter,
    setup: () => ringAt(),
    threads: [
      (handle) => ByteRing.from(handle).producer().push(half(1)),
      (handle) => {
        using consumer = ByteRing.from(handle).consumer();
        try {
          return consumer.pop({ timeout: 10 })[0];
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return error.name;
        }
      },
    ],
    check: (handle, [, end]) => {
      const rest = drain(ByteRing.from(handle).consumer());
      assertEquals(rest, end === 1 ? [] : [1]);
      ends.add(end);
    },
    timeouts: 2,
    expireTimeouts: [1],
  });
  assertEquals(ends, new Set([1, "TimeoutError"]));
});

/** The producer is lost after a frame, and one that it did not publish. */
function losing(module: Module): Program<ByteRingHandle> {
  return {
    enter,
    setup: () => ringAt(),
    threads: [
      (handle) => {
        module.ByteRing.from(handle).producer().push(half(1));
        markLost(crew[0]!);
      },
      (handle) => {
        const consumer = module.ByteRing.from(handle).consumer();
        const taken: number[] = [];
        try {
          for (;;) taken.push(consumer.pop()[0]!);
        } catch (error) {
          if (!(error instanceof RingEndLostError)) throw error;
        }
        return taken;
      },
    ],
    check: (_, [, taken]) => assertEquals(taken, [1]),
    timeouts: 1,
    // A loss wakes nobody: it is noticed at the end of a slice.
    expireTimeouts: [1],
  };
}

Deno.test("ByteConsumer.pop() ends when the producer is lost, after all its frames", () =>
  explored(losing(ORIGINAL)));

/** Two threads that want the same end. */
function taking(
  end: "producer" | "consumer",
  module: Module = ORIGINAL,
): Program<ByteRingHandle> {
  const takes = (handle: ByteRingHandle) => {
    try {
      module.ByteRing.from(handle)[end]();
      return 1;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return 0;
    }
  };
  return {
    enter,
    setup: () => ringAt(),
    threads: [takes, takes],
    check: (_, results) => assertEquals(results.toSorted(), [0, 1]),
  };
}

Deno.test("ByteRing gives each end to one of two threads", async () => {
  await explored(taking("producer"));
  await explored(taking("consumer"));
});

/** A ring with mistakes. */
function broken(
  edits: Readonly<Record<string, readonly Edit[]>>,
): Promise<Module> {
  return mutant<Module>("sync/queue/byte_ring.ts", [], {
    "sync/queue/held_end.ts": [],
    "sync/queue/ring_end.ts": [],
    "sync/queue/byte_ring_end.ts": [],
    "sync/queue/byte_producer.ts": [],
    "sync/queue/byte_consumer.ts": [],
    ...edits,
  });
}

/** The ring is full; one pop makes room. */
function making(module: Module): Program<ByteRingHandle> {
  const { setup, threads: [pushes] } = waiting("push", "pop", module);
  return {
    enter,
    setup,
    threads: [
      pushes!,
      (handle) => module.ByteRing.from(handle).consumer().tryPop()?.[0],
    ],
    timeouts: 0,
    preemptions: Infinity,
  };
}

Deno.test("ByteRing: the checker finds an end that is taken by load and store", async () => {
  const module = await broken({
    "sync/queue/held_end.ts": [[
      "Atomics.compareExchange(words, index, holder, id) !== holder",
      "(Atomics.store(words, index, id), false)",
    ]],
  });
  await refuses("exception", taking("producer", module));
});

Deno.test("ByteRing: the checker finds an end that tells before it stores", async () => {
  const producer = await broken({
    "sync/queue/byte_producer.ts": [[
      "this.#frames.publish();\n    this.#items.signal();",
      "this.#items.signal();\n    this.#frames.publish();",
    ]],
  });
  const consumer = await broken({
    "sync/queue/byte_consumer.ts": [[
      "this.#frames.free();\n    this.#room.signal();",
      "this.#room.signal();\n    this.#frames.free();",
    ]],
  });
  await refuses("deadlock", waiting("push", "pop", producer));
  await refuses("deadlock", making(consumer));
});

Deno.test("ByteRing: the checker finds a frame whose room is free before it is read", async () => {
  const module = await broken({
    "sync/queue/byte_consumer.ts": [[
      "this.#copy(copy);\n    this.#take();\n    this.#free();",
      "this.#take();\n    this.#free();\n    this.#copy(copy);",
    ]],
  });
  await refuses("data race", making(module));
});

Deno.test("ByteRing: the checker finds a loss that is looked at after the attempt", async () => {
  const module = await broken({
    "sync/queue/held_end.ts": [[
      "const lost = isHolderLost(words, index);",
      "const early = attempt(); if (early !== undefined) return early; attempt = () => undefined;\n  const lost = isHolderLost(words, index);",
    ]],
  });
  await refuses("exception", losing(module));
});
