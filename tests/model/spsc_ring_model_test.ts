/**
 * Model tests of `SpscRing`. Bounds: one producer and one consumer, up to four
 * records, capacities of 1 to 4, positions from 0 and near 2^31 and 2^32; in one
 * program two threads that want the same end. All interleavings.
 */

import { assert, assertEquals } from "@std/assert";
import { LINE, wordsOf } from "../../sync/memory/memory.ts";
import type { RecordArray, RecordKind } from "../../sync/record/record.ts";
import { RingEndLostError } from "../../sync/queue/ring_end.ts";
import type { SpscRingHandle } from "../../sync/queue/spsc_layout.ts";
import { SpscRing } from "../../sync/queue/spsc_ring.ts";
import { struct } from "../../sync/record/struct.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { crewOf, explored as holds, markLost } from "./program.ts";

type Module = Pick<typeof import("../../sync/queue/spsc_ring.ts"), "SpscRing">;
const ORIGINAL: Module = { SpscRing };

const HEAD = LINE / 4;
const TAIL = 2 * LINE / 4;

interface Options {
  readonly record?: RecordKind;
  readonly capacity?: number;
  readonly position?: number;
  readonly module?: Module;
}

let crew: CurrentThread[] = [];

/** An empty ring and the threads that will use it. */
function ringAt(options: Options): SpscRingHandle {
  const { record = "i32", capacity = 2, position = 0 } = options;
  crew = crewOf(4);
  const { module = ORIGINAL } = options;
  const { handle } = new module.SpscRing(record, capacity);
  const words = wordsOf(handle, TAIL + 1);
  Atomics.store(words, HEAD, position | 0);
  Atomics.store(words, TAIL, position | 0);
  return handle;
}

const enter = (thread: number) => becomeThread(crew[thread]!);

function arrayOf(kind: RecordKind, values: readonly number[]): RecordArray {
  if (kind === "f64") return Float64Array.from(values);
  return kind === "i32" ? Int32Array.from(values) : Uint32Array.from(values);
}

/**
 * One thread pushes these records, in bulk where they stand together; the other
 * one takes what it finds, in as many looks and so many at a time. What was
 * pushed is what was taken, and what is left.
 */
function stream(
  pushes: readonly (number | readonly number[])[],
  options: Options & { readonly at?: number } = {},
): Program<SpscRingHandle> & { readonly sent: Set<number> } {
  const { module = ORIGINAL, record = "i32", at = 1 } = options;
  const sent = new Set<number>();
  return {
    sent,
    enter,
    setup: () => ringAt(options),
    threads: [
      (handle) => {
        const producer = module.SpscRing.from(handle).producer();
        const pushed: number[] = [];
        for (const push of pushes) {
          if (typeof push === "number") {
            if (producer.tryPush(push)) pushed.push(push);
          } else {
            const count = producer.pushMany(arrayOf(record, push));
            pushed.push(...push.slice(0, count));
          }
        }
        return pushed;
      },
      (handle) => {
        const consumer = module.SpscRing.from(handle).consumer();
        const taken: number[] = [];
        const target = arrayOf(record, new Array(at).fill(0));
        for (let look = 0; look < pushes.length; look++) {
          if (at === 1) {
            const value = consumer.tryPop();
            if (value !== undefined) taken.push(value);
          } else {
            const count = consumer.popMany(target);
            taken.push(...target.subarray(0, count));
          }
        }
        consumer.release();
        return taken;
      },
    ],
    check: (handle, results) => {
      const [pushed, taken] = results as [number[], number[]];
      const ring = module.SpscRing.from(handle);
      const { size } = ring;
      const rest = ring.consumer();
      const left: number[] = [];
      for (let value; (value = rest.tryPop()) !== undefined;) left.push(value);
      assertEquals([...taken, ...left], pushed);
      assertEquals(size, left.length);
      sent.add(pushed.length);
    },
    timeouts: 0,
    preemptions: Infinity,
  };
}

/** The same; in some schedule there is not room for all, in some there is. */
async function fills(
  ...args: Parameters<typeof stream>
): Promise<void> {
  const program = stream(...args);
  await holds(program);
  assert(program.sent.size > 1);
}

Deno.test("SpscRing: every record arrives once and in order", async () => {
  await fills([1, 2, 3], { capacity: 1 });
  await fills([1, 2, 3, 4], { capacity: 2 });
  await fills([0.5, -1e300, Math.PI], { capacity: 1, record: "f64" });
  await fills([2 ** 32 - 1, 7, 2 ** 31], { capacity: 1, record: "u32" });
});

Deno.test("SpscRing: bulk calls go round the end", async () => {
  await fills([[1, 2, 3], [4, 5, 6], 7], { capacity: 4, at: 3 });
  await fills([[0.5, 1.5], [2.5, 3.5]], { record: "f64", at: 2 });
  await fills([1, [2, 3], 4], { at: 3 });
});

Deno.test("SpscRing: positions may pass 2^31 and 2^32", async () => {
  for (const position of [2 ** 31, 2 ** 32]) {
    for (const before of [1, 2, 3]) {
      const options = { position: position - before };
      await fills([1, 2, 3, 4], options);
      await fills([[1, 2], [3, 4], 5], { ...options, capacity: 4, at: 3 });
    }
  }
});

Deno.test("SpscRing.producer() gives the end to one of two threads", async () => {
  const takes = (handle: SpscRingHandle) => {
    try {
      SpscRing.from(handle).producer();
      return 1;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return 0;
    }
  };
  await holds({
    enter,
    setup: () => ringAt({}),
    threads: [takes, takes],
    check: (_, results) => assertEquals(results.toSorted(), [0, 1]),
  });
});

Deno.test("SpscRing.producer() in another thread goes on where the first one stopped", async () => {
  const pushes = (value: number) => (handle: SpscRingHandle) => {
    const ring = SpscRing.from(handle);
    for (;;) {
      let producer;
      try {
        producer = ring.producer();
      } catch (error) {
        if (!(error instanceof TypeError)) throw error;
        Atomics.pause();
        continue;
      }
      assert(producer.tryPush(value));
      return producer.release();
    }
  };
  await holds({
    enter,
    setup: () => ringAt({ position: 2 ** 31 - 1 }),
    threads: [pushes(1), pushes(2)],
    check: (handle) => {
      const rest = SpscRing.from(handle).consumer();
      const taken = [rest.tryPop(), rest.tryPop(), rest.tryPop()];
      assertEquals(taken.toSorted(), [1, 2, undefined]);
    },
  });
});

/** Both doors in both directions: more records than there is room for. */
function waiting(
  doors: { readonly push: boolean; readonly pop: boolean },
  module: Module = ORIGINAL,
): Program<SpscRingHandle> {
  return {
    enter,
    setup: () => ringAt({ module, capacity: 1 }),
    threads: [
      doors.push
        ? async (handle) => {
          const producer = module.SpscRing.from(handle).producer();
          for (const value of [1, 2]) await producer.pushAsync(value);
        }
        : (handle) => {
          const producer = module.SpscRing.from(handle).producer();
          for (const value of [1, 2]) producer.push(value);
        },
      doors.pop
        ? async (handle) => {
          const consumer = module.SpscRing.from(handle).consumer();
          return [await consumer.popAsync(), await consumer.popAsync()];
        }
        : (handle) => {
          const consumer = module.SpscRing.from(handle).consumer();
          return [consumer.pop(), consumer.pop()];
        },
    ],
    check: (_, [, taken]) => assertEquals(taken, [1, 2]),
    timeouts: 0,
    preemptions: Infinity,
  };
}

Deno.test("SpscRing: each end is woken, by all doors", async () => {
  for (const push of [false, true]) {
    for (const pop of [false, true]) await holds(waiting({ push, pop }));
  }
});

Deno.test("SpscConsumer.popAsync() given up takes no record", async () => {
  const ends = new Set<unknown>();
  await holds<SpscRingHandle>({
    enter,
    setup: () => ringAt({}),
    threads: [
      (handle) => SpscRing.from(handle).producer().push(1),
      async (handle, thread) => {
        const consumer = SpscRing.from(handle).consumer();
        try {
          return await consumer.popAsync({ signal: thread.signal() });
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return "aborted";
        } finally {
          consumer.release();
        }
      },
    ],
    check: (handle, [, end]) => {
      ends.add(end);
      const rest = SpscRing.from(handle).consumer().tryPop();
      assertEquals(rest, end === 1 ? undefined : 1);
    },
    timeouts: 0,
  });
  assertEquals(ends, new Set([1, "aborted"]));
});

Deno.test("SpscConsumer.pop() ends when the producer is lost, after all its records", async () => {
  const ends = new Set<string>();
  await holds<SpscRingHandle>({
    enter,
    setup: () => ringAt({}),
    threads: [
      (handle) => {
        SpscRing.from(handle).producer().push(1);
        markLost(crew[0]!);
      },
      (handle) => {
        const consumer = SpscRing.from(handle).consumer();
        const taken: number[] = [];
        try {
          for (;;) taken.push(consumer.pop());
        } catch (error) {
          if (!(error instanceof RingEndLostError)) throw error;
        }
        return taken;
      },
    ],
    check: (_, [, taken]) => {
      assertEquals(taken, [1]);
      ends.add(String(taken));
    },
    timeouts: 1,
    // A loss wakes nobody: it is noticed at the end of a slice.
    expireTimeouts: [1],
  });
  assertEquals(ends.size, 1);
});

Deno.test("SpscRing: structs are whole, one by one and in bulk", async () => {
  const Pair = struct({ a: "i32", b: "f64" });
  const pairOf = (a: number) => ({ a, b: -a / 2 });
  const ends = new Set<string>();
  await holds<SpscRingHandle<ReturnType<typeof pairOf>>>({
    enter,
    setup: () => {
      ringAt({});
      return new SpscRing(Pair, 2).handle;
    },
    threads: [
      (handle) => {
        const producer = SpscRing.from(handle).producer();
        const first = producer.tryPush(pairOf(1)) ? 1 : 0;
        return first + producer.pushMany([2, 3].map(pairOf));
      },
      (handle) => {
        const consumer = SpscRing.from(handle).consumer();
        const target = [pairOf(0), pairOf(0)];
        const count = consumer.popMany(target);
        const last = consumer.tryPop();
        consumer.release();
        return [...target.slice(0, count), ...last ? [last] : []];
      },
    ],
    check: (handle, results) => {
      const [pushed, taken] = results as [number, unknown[]];
      const rest = SpscRing.from(handle).consumer();
      const left: unknown[] = [];
      for (let pair; (pair = rest.tryPop()) !== undefined;) left.push(pair);
      const all = Array.from({ length: pushed }, (_, k) => pairOf(k + 1));
      assertEquals([...taken, ...left], all);
      ends.add(`${pushed} ${taken.length}`);
    },
    timeouts: 0,
    preemptions: Infinity,
  });
  assert(ends.size > 3, [...ends].join());
});

/** A ring whose ends have mistakes. */
function broken(edits: {
  readonly held?: readonly Edit[];
  readonly either?: readonly Edit[];
  readonly producer?: readonly Edit[];
  readonly consumer?: readonly Edit[];
}): Promise<Module> {
  return mutant("sync/queue/spsc_ring.ts", [], {
    "sync/queue/held_end.ts": edits.held ?? [],
    "sync/queue/ring_end.ts": edits.either ?? [],
    "sync/queue/spsc_producer.ts": edits.producer ?? [],
    "sync/queue/spsc_consumer.ts": edits.consumer ?? [],
  });
}

Deno.test("SpscRing: the checker finds a tail that is stored before the record", async () => {
  const module = await broken({
    producer: [[
      "const tail = this.#tail;\n    this.#records.write",
      "const tail = this.#tail; Atomics.store(this.#words, TAIL, (tail + 1) | 0);\n    this.#records.write",
    ]],
  });
  await refuses("data race", stream([1, 2], { module }));
});

Deno.test("SpscRing: the checker finds a tail that is stored without Atomics", async () => {
  const module = await broken({
    producer: [[
      "Atomics.store(this.#words, TAIL, this.#tail);",
      "this.#words[TAIL] = this.#tail;",
    ]],
  });
  await refuses("data race", stream([1, 2], { module }));
});

Deno.test("SpscRing: the checker finds a head that is stored before the record is read", async () => {
  const module = await broken({
    consumer: [[
      "const fetched = this.#records.fetch(",
      "Atomics.store(this.#words, HEAD, (head + 1) | 0); const fetched = this.#records.fetch(",
    ]],
  });
  await refuses("data race", stream([1, 2], { module, capacity: 1 }));
});

Deno.test("SpscRing: the checker finds room for one record too many", async () => {
  const module = await broken({
    producer: [[
      "return capacity - ((this.#tail - this.#head) | 0);",
      "return capacity + 1 - ((this.#tail - this.#head) | 0);",
    ]],
  });
  await refuses("exception", stream([1, 2], { module, capacity: 1 }));
});

Deno.test("SpscRing: the checker finds a push that goes on behind the room it saw", async () => {
  const module = await broken({
    producer: [[
      "Math.min(room, Math.ceil(words / width))",
      "Math.ceil(words / width)",
    ]],
  });
  await refuses("exception", stream([1, 2, 3], { module }));
});

Deno.test("SpscRing: the checker finds positions that are compared as they are", async () => {
  const module = await broken({
    consumer: [
      [
        "const known = (this.#tail - this.#head) | 0;",
        "const known = this.#tail - this.#head;",
      ],
      [
        "return (this.#tail - this.#head) | 0;",
        "return this.#tail - this.#head;",
      ],
      [
        "if (this.#available(1) === 0) return",
        "if (this.#available(1) <= 0) return",
      ],
    ],
  });
  const options = { module, position: 2 ** 31 - 1 };
  await refuses("exception", stream([1, 2], options));
});

Deno.test("SpscRing: the checker finds an end that is taken by load and store", async () => {
  const module = await broken({
    held: [[
      "Atomics.compareExchange(words, index, holder, id) !== holder",
      "(Atomics.store(words, index, id), false)",
    ]],
  });
  const takes = (handle: SpscRingHandle) => {
    try {
      module.SpscRing.from(handle).producer();
      return 1;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return 0;
    }
  };
  await refuses("exception", {
    enter,
    setup: () => ringAt({ module }),
    threads: [takes, takes],
    check: (_, results) => assertEquals(results.toSorted(), [0, 1]),
  });
});

Deno.test("SpscRing: the checker finds an end that tells before it stores", async () => {
  const producer = await broken({
    producer: [[
      "Atomics.store(this.#words, TAIL, this.#tail);\n    this.#items.signal();",
      "this.#items.signal();\n    Atomics.store(this.#words, TAIL, this.#tail);",
    ]],
  });
  const consumer = await broken({
    consumer: [[
      "Atomics.store(this.#words, HEAD, this.#head);\n    this.#room.signal();",
      "this.#room.signal();\n    Atomics.store(this.#words, HEAD, this.#head);",
    ]],
  });
  for (const module of [producer, consumer]) {
    await refuses("deadlock", waiting({ push: false, pop: false }, module));
  }
});

Deno.test("SpscRing: the checker finds a loss that is looked at after the attempt", async () => {
  const module = await broken({
    held: [[
      "const lost = isHolderLost(words, index);",
      "const early = attempt(); if (early !== undefined) return early; attempt = () => undefined;\n  const lost = isHolderLost(words, index);",
    ]],
  });
  await refuses("exception", {
    enter,
    setup: () => ringAt({ module }),
    threads: [
      (handle) => {
        module.SpscRing.from(handle).producer().push(1);
        markLost(crew[0]!);
      },
      (handle) => module.SpscRing.from(handle).consumer().pop(),
    ],
    timeouts: 1,
    expireTimeouts: [1],
  });
});

/** A consumer is given back while its wait is pending, and another one comes. */
function givingBack(module: Module): Program<SpscRingHandle> {
  const gone = (error: unknown) => {
    if (!(error instanceof TypeError)) throw error;
    return "gone";
  };
  return {
    enter,
    setup: () => ringAt({ module }),
    threads: [
      async (handle) => {
        try {
          const consumer = module.SpscRing.from(handle).consumer();
          const pending = consumer.popAsync();
          consumer.release();
          return await pending;
        } catch (error) {
          return gone(error);
        }
      },
      (handle) => {
        const producer = module.SpscRing.from(handle).producer();
        producer.push(1);
        producer.push(2);
      },
      (handle) => {
        try {
          using consumer = module.SpscRing.from(handle).consumer();
          return consumer.tryPop();
        } catch (error) {
          return gone(error);
        }
      },
    ],
    check: (handle, [one, , other]) => {
      const consumer = module.SpscRing.from(handle).consumer();
      const taken = [one, other, consumer.tryPop(), consumer.tryPop()]
        .filter((value) => typeof value === "number");
      assertEquals(taken.toSorted(), [1, 2]);
    },
    timeouts: 2,
    expireTimeouts: [0],
    preemptions: 2,
  };
}

Deno.test("SpscConsumer.popAsync() takes nothing once its end was given back", async () => {
  await holds(givingBack(ORIGINAL));
});

Deno.test("SpscRing: the checker finds a wait that goes on without its end", async () => {
  const module = await broken({
    either: [["this.#end.check(action);", ""]],
  });
  await refuses("exception", givingBack(module));
});
