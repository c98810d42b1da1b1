/**
 * Model tests of `BatchRing`. Bounds: a consumer and one or two threads that push up
 * to three records, in all interleavings, or within so many `preemptions` as are
 * given. 64 places, of which so many are taken at the start as a test says;
 * positions from 0 and near 2^31 and 2^32.
 */

import { assert, assertEquals } from "@std/assert";
import { startAt } from "../../sync/batch/batch_memory.ts";
import type { BatchConsumer } from "../../sync/batch/batch_consumer.ts";
import type { BatchRingHandle } from "../../sync/batch/batch_layout.ts";
import type { BatchRegion } from "../../sync/batch/batch_region.ts";
import { BatchRing } from "../../sync/batch/batch_ring.ts";
import { LINE, wordsOf } from "../../sync/memory/memory.ts";
import { RingEndLostError } from "../../sync/queue/ring_end.ts";
import type { RecordKind } from "../../sync/record/record.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";
import {
  type Bounds,
  boundsOf,
  crewOf,
  type Ending,
  endsInSeveralWays as holds,
  explored,
  markLost,
} from "./program.ts";

type Module = Pick<
  typeof import("../../sync/batch/batch_ring.ts"),
  "BatchRing"
>;
const ORIGINAL: Module = { BatchRing };

interface Options extends Bounds {
  readonly record?: RecordKind;
  readonly position?: number;
  /** So many places are taken, by a batch that is not free. */
  readonly taken?: number;
  /** At first there was a lap of batches of one record, which were freed. */
  readonly lap?: boolean;
  readonly module?: Module;
  /** The thread that pushes first is lost after so many operations. */
  readonly lost?: number;
}

let crew: CurrentThread[] = [];

/** A ring, and the threads that will use it; the fourth one has made it. */
function ringAt(options: Options): BatchRingHandle {
  const { record = "i32", position = 0, taken = 0, lap = false } = options;
  crew = crewOf(4);
  becomeThread(crew[3]!);
  const ring = new BatchRing(record, 64);
  startAt(wordsOf(ring.handle, LINE), position);
  if (lap) {
    using consumer = ring.consumer();
    for (let k = 0; k < 64; k++) {
      ring.push(k);
      consumer.bound()?.free();
    }
  }
  if (taken > 0) {
    assertEquals(ring.pushMany(new Int32Array(taken)), taken);
    using consumer = ring.consumer();
    assertEquals(consumer.bound()?.length, taken);
  }
  return ring.handle;
}

/** A record as the thread pushes it, which makes its ticket, too. */
function recordOf(thread: number, k: number): number {
  return 10 * (thread + 1) + k;
}

/** A batch as its records, each of which must come from who says so. */
function read(batch: BatchRegion | undefined): number[] {
  if (batch === undefined) return [];
  return Array.from({ length: batch.length }, (_, k) => {
    const record = batch.at(k);
    assertEquals(batch.ticketOf(k), -record);
    assertEquals(batch.senderOf(k), crew[Math.floor(record / 10) - 1]!.id);
    return record;
  });
}

/** Frees the places that were taken at the start, which nobody has written to. */
function freesTaken({ unfinished }: BatchConsumer): void {
  for (const batch of unfinished) {
    assertUntouched(batch);
    batch.free();
  }
}

function assertUntouched(batch: BatchRegion): void {
  for (const slice of batch.slices()) {
    assert(slice.every((record) => record === 0));
  }
}

/** What a thread does with the ring. */
type Body<R> = (ring: BatchRing, thread: ModelThread) => R;

/** Pushes so many records if there is room. Returns those that it has pushed. */
function pushes(count: number): Body<number[]> {
  return (ring, { index }) => {
    const records = Array.from(
      { length: count },
      (_, k) => recordOf(index, k),
    );
    return records.filter((record) => ring.tryPush(record, -record));
  };
}

/** Bounds so many batches, frees each at once. Returns what was in them. */
function bounds(count: number): Body<number[][]> {
  return (ring) => {
    using consumer = ring.consumer();
    freesTaken(consumer);
    return Array.from({ length: count }, () => {
      using batch = consumer.bound();
      return read(batch);
    });
  };
}

/** All that is left: unfinished batches, and the open one. */
function restOf(consumer: BatchConsumer): number[][] {
  const { unfinished } = consumer;
  const rest = unfinished.filter(({ length }) => length < 32).map(read);
  for (const batch of unfinished) {
    if (batch.length >= 32) assertUntouched(batch);
    batch.free();
  }
  using open = consumer.bound();
  return [...rest, read(open)];
}

/**
 * Threads that push, and one that bounds: what they have pushed is what comes out,
 * once and each one's in order.
 */
function meeting(
  pushers: readonly Body<number[]>[],
  consumes: Body<number[][]>,
  options: Options = {},
): Ending<BatchRingHandle> {
  const { module = ORIGINAL, lost } = options;
  const ends = new Set<string>();
  const run = <R>(body: Body<R>) => (handle: BatchRingHandle, t: ModelThread) =>
    body(module.BatchRing.from(handle), t);
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => ringAt(options),
    threads: [
      ...pushers.map((body, k) =>
        k > 0 || lost === undefined
          ? run(body)
          : mortal(lost, run(body), (thread) => markLost(crew[thread]!))
      ),
      run(consumes),
    ],
    check: (handle, results) => {
      becomeThread(crew[3]!);
      const ring = module.BatchRing.from(handle);
      const pushed = results.slice(0, -1) as (number[] | "lost")[];
      const taken = results.at(-1) as number[][];
      {
        using consumer = ring.consumer();
        const all = [...taken, ...restOf(consumer)].flat();
        for (const [k, records] of pushed.entries()) {
          const own = all.filter((record) => Math.floor(record / 10) === k + 1);
          // Of a lost one so many as it came to, each whole.
          const known = records === "lost"
            ? own.map((_, j) => recordOf(k, j))
            : records;
          assertEquals(own, known);
        }
      }
      assertEquals(ring.size, 0);
      assert(ring.tryPush(9));
      ends.add(JSON.stringify(results));
    },
    ...boundsOf(options),
  };
}

Deno.test("BatchRing: a record is in the batch that is bounded after its push, or in the next one (Q20)", async () => {
  await holds(meeting([pushes(2)], bounds(2)));
  await holds(meeting([pushes(3)], bounds(1)));
  await holds(meeting([pushes(1)], bounds(3)));
});

Deno.test("BatchRing: positions may pass 2^31 and 2^32 (Q20)", async () => {
  for (const wrap of [2 ** 31, 2 ** 32]) {
    for (const before of [1, 2]) {
      const options = { position: (wrap - before) | 0 };
      await holds(meeting([pushes(2)], bounds(2), options));
    }
    const options = { position: (wrap - 63) | 0, taken: 63 };
    await holds(meeting([pushes(2)], bounds(1), options));
  }
});

Deno.test("BatchRing: two threads that push are in each other's way, and nothing else (Q20)", async () => {
  await explored(meeting([pushes(1), pushes(1)], () => []));
  await holds(meeting([pushes(2), pushes(1)], bounds(1), { preemptions: 2 }));
  await holds(meeting([pushes(1), pushes(1)], bounds(2), { preemptions: 2 }));
});

Deno.test("BatchRing: the last place goes to one, and freed room is found (Q11, Q20)", async () => {
  await holds(meeting([pushes(1), pushes(1)], () => [], { taken: 63 }));
  await holds(meeting([pushes(2)], bounds(2), { taken: 63 }));
  await holds(
    meeting([pushes(1), pushes(2)], bounds(1), { taken: 63, preemptions: 2 }),
  );
});

Deno.test("BatchRing: records of two words are not torn", async () => {
  await holds(meeting([pushes(2)], bounds(2), { record: "f64" }));
});

/** Pushes two records at once. */
const pushesBoth: Body<number[]> = (ring, { index }) => {
  const records = [recordOf(index, 0), recordOf(index, 1)];
  const count = ring.pushMany(Int32Array.from(records));
  return records.slice(0, count);
};

/** Batches as their records, whatever their tickets are. */
const boundsPlainly: Body<number[][]> = (ring) => {
  using consumer = ring.consumer();
  return Array.from({ length: 2 }, () => {
    using batch = consumer.bound();
    return batch?.toArray() ?? [];
  });
};

/** Two records at once of one thread, one of another one. */
function inBulk(module = ORIGINAL): Ending<BatchRingHandle> {
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => ringAt({ position: -1 }),
    threads: [
      (handle, t) => pushesBoth(module.BatchRing.from(handle), t),
      (handle, t) => pushes(1)(module.BatchRing.from(handle), t),
      (handle, t) => boundsPlainly(module.BatchRing.from(handle), t),
    ],
    check: (handle, [, , taken]) => {
      becomeThread(crew[3]!);
      using consumer = module.BatchRing.from(handle).consumer();
      const rest = consumer.bound()?.toArray() ?? [];
      const batches = [...taken as number[][], rest];
      assertEquals(batches.flat().toSorted(), [10, 11, 20]);
      const whole = batches.find((batch) => batch.includes(10))!;
      assertEquals(whole[whole.indexOf(10) + 1], 11);
      ends.add(JSON.stringify(batches));
    },
    timeouts: 0,
    preemptions: 2,
  };
}

Deno.test("BatchRing.pushMany() puts its records next to each other, in one batch", () =>
  holds(inBulk()));

/** Pushes one record, however long that takes. */
const pushesOne: Body<number[]> = (ring, { index }) => {
  const record = recordOf(index, 0);
  ring.push(record, { ticket: -record });
  return [record];
};

/** Waits for so many records, in as many batches as they come in. */
function awaits(count: number): Body<number[][]> {
  return (ring) => {
    using consumer = ring.consumer();
    freesTaken(consumer);
    const batches: number[][] = [];
    while (batches.flat().length < count) {
      assert(consumer.wait() > 0);
      using batch = consumer.bound();
      batches.push(read(batch));
    }
    return batches;
  };
}

Deno.test("BatchConsumer.wait() is woken by a record", async () => {
  await explored(meeting([pushesOne], awaits(1)));
  await holds(
    meeting([pushesOne, pushesOne], awaits(2), { preemptions: 1 }),
  );
});

Deno.test("BatchRing.push() is woken by room", async () => {
  await explored(meeting([pushesOne], awaits(1), { taken: 64 }));
  await holds(
    meeting([pushesOne, pushesOne], awaits(2), { taken: 64, preemptions: 1 }),
  );
});

/** Bounds two batches and frees the later one first. */
const freesBackwards: Body<number[][]> = (ring) => {
  using consumer = ring.consumer();
  const [full] = consumer.unfinished;
  const batch = consumer.bound();
  const records = read(batch);
  batch?.free();
  assertUntouched(full!);
  full!.free();
  return [records];
};

Deno.test("BatchRegion.free() out of order wakes who waits for the room of the oldest (Q12, Q20)", async () => {
  const pushing: Body<number[]> = (ring, thread) => {
    const [first] = pushes(1)(ring, thread);
    const record = recordOf(thread.index, 1);
    ring.push(record, { ticket: -record });
    return [first!, record];
  };
  await holds(meeting([pushing], freesBackwards, { taken: 63 }));
});

/** Bounds a batch, and frees only the one before it. */
const freesOldest: Body<number[][]> = (ring) => {
  using consumer = ring.consumer();
  const [full] = consumer.unfinished;
  consumer.bound();
  full!.free();
  return [];
};

Deno.test("BatchRegion.free() gives no room back that another batch has (Q12, Q20)", async () => {
  await holds(meeting([pushes(2)], freesOldest, { taken: 63 }));
  await holds(meeting([pushes(2)], freesBackwards, { taken: 63 }));
  await explored(meeting([pushes(3)], () => [], { taken: 63 }));
});

/** One waits for room and gives up at any moment; one makes room; a third waits. */
function givingUp(blocks: boolean, module = ORIGINAL): Ending<BatchRingHandle> {
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => ringAt({ taken: 64 }),
    threads: [
      (handle) => {
        using consumer = module.BatchRing.from(handle).consumer();
        freesTaken(consumer);
      },
      async (handle, thread) => {
        const ring = module.BatchRing.from(handle);
        const record = recordOf(1, 0);
        try {
          const signal = thread.signal();
          await ring.pushAsync(record, { ticket: -record, signal });
          return [record];
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return [];
        }
      },
      ...blocks
        ? [
          (handle: BatchRingHandle, thread: ModelThread) =>
            pushesOne(module.BatchRing.from(handle), thread),
        ]
        : [],
    ],
    check: (handle, results) => {
      becomeThread(crew[3]!);
      using consumer = module.BatchRing.from(handle).consumer();
      const pushed = results.slice(1) as number[][];
      const all = restOf(consumer).flat();
      assertEquals(all.toSorted(), pushed.flat().toSorted());
      ends.add(String(pushed[0]!.length));
    },
    timeouts: 0,
    preemptions: blocks ? 1 : Infinity,
  };
}

Deno.test("BatchRing.pushAsync() given up adds nothing and takes no wake-up", async () => {
  for (const blocks of [false, true]) {
    const program = givingUp(blocks);
    await explored(program);
    assertEquals([...program.ends].sort(), ["0", "1"]);
  }
});

Deno.test("BatchConsumer.waitAsync() given up takes no record and no wake-up", async () => {
  const ends = new Set<string>();
  await explored<BatchRingHandle>({
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => ringAt({}),
    threads: [
      (handle, thread) => pushesOne(BatchRing.from(handle), thread),
      async (handle, thread) => {
        using consumer = BatchRing.from(handle).consumer();
        let end = "found";
        try {
          assertEquals(
            await consumer.waitAsync({ signal: thread.signal() }),
            1,
          );
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          end = "aborted";
        }
        ends.add(end);
        return [];
      },
    ],
    check: (handle) => {
      becomeThread(crew[3]!);
      using consumer = BatchRing.from(handle).consumer();
      assertEquals(restOf(consumer), [[10]]);
    },
    timeouts: 0,
  });
  assertEquals(ends, new Set(["found", "aborted"]));
});

Deno.test("BatchRing: a pusher that is lost in front of any of its operations holds up nobody", async () => {
  let lost = 0;
  for (let steps = 0; steps < 12; steps++) {
    const options = { lost: steps, preemptions: 2 };
    const program = meeting([pushes(2)], bounds(2), options);
    await explored(program);
    const three = meeting([pushes(1), pushes(1)], bounds(1), options);
    await explored(three);
    if ([...program.ends].some((end) => end.includes("lost"))) lost++;
  }
  assert(lost > 6);
});

/**
 * The consumer is lost in front of any of its operations; another thread takes over
 * what it had bounded, and the first one pushes meanwhile.
 */
function losingConsumer(
  steps: number,
  module = ORIGINAL,
): Ending<BatchRingHandle> {
  const ends = new Set<string>();
  /** So many pushed records were in a batch that was freed. */
  let freed = 0;
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    // Each place has begun a batch before.
    setup: () => ringAt({ position: -32, lap: true, taken: 62 }),
    threads: [
      (handle, thread) => pushes(2)(module.BatchRing.from(handle), thread),
      mortal(
        steps,
        (handle: BatchRingHandle) => {
          freed = 0;
          const consumer = module.BatchRing.from(handle).consumer();
          const [full] = consumer.unfinished;
          const batch = consumer.bound();
          // A look, in front of which it may be lost, after each step.
          assert(consumer.openSize <= 2);
          batch?.free();
          freed = batch?.length ?? 0;
          assert(consumer.openSize <= 2);
          full!.free();
          consumer.release();
          return "done";
        },
        (thread) => markLost(crew[thread]!),
      ),
    ],
    check: (handle, [pushed, end]) => {
      becomeThread(crew[3]!);
      const ring = module.BatchRing.from(handle);
      const places = ring.size;
      using consumer = ring.consumer();
      const lengths = consumer.unfinished.map(({ length }) => length);
      const rest = restOf(consumer).flat();
      // What is left are the last ones, in order, and nothing came twice.
      assertEquals(rest, (pushed as number[]).slice(freed));
      assert(places >= rest.length);
      assertEquals(ring.size, 0);
      assertEquals(ring.pushMany(new Int32Array(70)), 64);
      ends.add(`${end} ${lengths} ${rest.length}`);
    },
    timeouts: 0,
  };
}

Deno.test("BatchRing.consumer() finds what a lost one had not freed, wherever that stopped", async () => {
  const ends = new Set<string>();
  for (let steps = 0; steps < 16; steps++) {
    const program = losingConsumer(steps);
    await explored(program);
    for (const end of program.ends) ends.add(end);
  }
  // Nothing freed, all freed, and in between.
  for (
    const end of ["lost 62 2", "lost 62,2 2", "lost 62 0", "lost  0", "done  0"]
  ) {
    assert(ends.has(end), `${end}: ${[...ends].join("; ")}`);
  }
});

Deno.test("BatchRing.push() ends when the consumer is lost before it has freed anything", async () => {
  const ends = new Set<string>();
  await explored<BatchRingHandle>({
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => ringAt({ taken: 64 }),
    threads: [
      (handle) => {
        const consumer = BatchRing.from(handle).consumer();
        consumer.unfinished[0]?.free();
        markLost(crew[0]!);
      },
      (handle, thread) => {
        const ring = BatchRing.from(handle);
        pushesOne(ring, thread);
        // There is room for 63 more.
        assertEquals(ring.pushMany(new Int32Array(70)), 63);
        try {
          return String(ring.push(1));
        } catch (error) {
          if (!(error instanceof RingEndLostError)) throw error;
          return "lost";
        }
      },
    ],
    check: (_, [, end]) => ends.add(end as string),
    timeouts: 1,
    // A loss wakes nobody: it is noticed at the end of a slice.
    expireTimeouts: [1],
  });
  assertEquals([...ends], ["lost"]);
});

/** A ring into which records are added in another way. */
const brokenIntake = (...edits: Edit[]) =>
  mutant<Module>("sync/batch/batch_ring.ts", [], {
    "sync/batch/batch_intake.ts": edits,
  });

/** A ring whose accounting of batches is another one. */
const brokenSpans = (...edits: Edit[]) =>
  mutant<Module>("sync/batch/batch_ring.ts", [], {
    "sync/batch/batch_spans.ts": edits,
    "sync/batch/batch_consumer.ts": [],
  });

Deno.test("BatchRing: the checker finds a claim that is taken by load and store", async () => {
  const module = await brokenIntake([
    "const seen = Atomics.compareExchange(words, CLAIM, 0, this.#claims.own);",
    "const seen = Atomics.load(words, CLAIM);\n      if (seen === 0) Atomics.store(words, CLAIM, this.#claims.own);",
  ]);
  const program = meeting([pushes(1), pushes(1)], () => [], { module });
  await refuses("data race", program);
});

Deno.test("BatchRing: the checker finds a tail that is stored before the record is written", async () => {
  const module = await brokenIntake([
    "      this.#memory.records.write(this.#memory.recordAt(tail), value);\n      this.#sign(tail, ticket);\n      this.#publish(tail + 1);",
    "      this.#publish(tail + 1);\n      this.#memory.records.write(this.#memory.recordAt(tail), value);\n      this.#sign(tail, ticket);",
  ]);
  await refuses("data race", meeting([pushes(1)], bounds(1), { module }));
});

Deno.test("BatchRing: the checker finds a sender that is written after the tail", async () => {
  const module = await brokenIntake([
    "      this.#sign(tail, ticket);\n      this.#publish(tail + 1);",
    "      this.#publish(tail + 1);\n      this.#sign(tail, ticket);",
  ]);
  await refuses("data race", meeting([pushes(1)], bounds(1), { module }));
});

Deno.test("BatchRing: the checker finds a claim that is given back before the tail is stored", async () => {
  const module = await brokenIntake([
    "      this.#publish(tail + 1);\n    }\n    this.#giveBack();",
    "      this.#giveBack();\n      this.#publish(tail + 1);\n    } else this.#giveBack();",
  ]);
  const program = meeting([pushes(1), pushes(1)], () => [], { module });
  await refuses("exception", program);
});

Deno.test("BatchRing: the checker finds a claim that is never taken over", async () => {
  const module = await mutant<Module>("sync/batch/batch_ring.ts", [], {
    "sync/queue/slot_claims.ts": [[
      "else this.#standIn(at, claim);",
      "",
    ]],
    "sync/batch/batch_intake.ts": [],
  });
  const options = { module, lost: 2, preemptions: 2 };
  await refuses(
    "livelock",
    meeting([pushes(1), pushes(1)], bounds(1), options),
  );
});

Deno.test("BatchRing: the checker finds records that are published one by one", async () => {
  const module = await brokenIntake([
    "for (let k = 0; k < count; k++) this.#sign(tail + k, ticket + k);\n    if (count > 0) this.#publish(tail + count);",
    "for (let k = 0; k < count; k++) {\n      this.#sign(tail + k, ticket + k);\n      this.#publish(tail + k + 1);\n    }",
  ]);
  await refuses("exception", inBulk(module));
});

Deno.test("BatchRing: the checker finds room by one place too many", async () => {
  const module = await brokenIntake([
    "if (known >= count) return known;",
    "if (known + 1 >= count) return known + 1;",
  ]);
  await refuses(
    "data race",
    meeting([pushes(2)], bounds(1), { module, taken: 63 }),
  );
});

Deno.test("BatchRing: the checker finds a pusher that trusts an old head for room", async () => {
  const module = await brokenIntake([
    "words[KNOWN] = head;",
    "words[KNOWN] = (head + 1) | 0;",
  ]);
  await refuses(
    "exception",
    meeting([pushes(3)], () => [], { module, taken: 63 }),
  );
});

Deno.test("BatchRing: the checker finds a consumer that tells before the head is stored", async () => {
  const module = await brokenSpans([
    "    Atomics.store(this.#words, HEAD, this.#head);\n    this.#memory.room.signal();",
    "    this.#memory.room.signal();\n    Atomics.store(this.#words, HEAD, this.#head);",
  ]);
  await refuses(
    "deadlock",
    meeting([pushesOne], awaits(1), { module, taken: 64 }),
  );
});

Deno.test("BatchRing: the checker finds a head that passes a batch that is not free", async () => {
  const module = await brokenSpans([
    "if (span > 0) break;\n      this.#head = (this.#head - span) | 0;",
    "this.#head = (this.#head + Math.abs(span)) | 0;",
  ]);
  const program = meeting([pushes(2)], freesOldest, { module, taken: 63 });
  await refuses("exception", program);
});

Deno.test("BatchRing: the checker finds room that comes back with the newest batch", async () => {
  const module = await brokenSpans([
    "if (start === this.#head) this.#giveBack();",
    "this.#giveBack(); if (start !== this.#head) Atomics.store(this.#words, HEAD, (start + length) | 0);",
  ]);
  const program = meeting([pushes(2)], freesBackwards, { module, taken: 63 });
  await refuses("data race", program);
});

Deno.test("BatchRing: the checker finds a bound that is stored before the span", async () => {
  const module = await brokenSpans([
    "    this.#words[this.#memory.spanAt(start)] = length;\n    this.#bound = tail;\n    // It is bounded by this store, for who comes after this thread.\n    Atomics.store(this.#words, BOUND, tail);",
    "    this.#bound = tail;\n    Atomics.store(this.#words, BOUND, tail);\n    Atomics.load(this.#words, BOUND);\n    this.#words[this.#memory.spanAt(start)] = length;",
  ]);
  await findsLoss(module);
});

Deno.test("BatchRing: the checker finds a successor that begins with the open batch", async () => {
  const module = await brokenSpans([
    "this.#head = Atomics.load(this.#words, HEAD);",
    "this.#head = Atomics.load(this.#words, BOUND);",
  ]);
  await findsLoss(module);
});

Deno.test("BatchRing: the checker finds a bound that is kept by the thread alone", async () => {
  const module = await brokenSpans([
    "    Atomics.store(this.#words, BOUND, tail);\n",
    "",
  ]);
  await findsLoss(module);
});

/** Loses the consumer in front of each operation: one of them must show it. */
async function findsLoss(module: Module): Promise<void> {
  for (let steps = 0; steps < 16; steps++) {
    try {
      await explored(losingConsumer(steps, module));
    } catch (error) {
      const { violation } = error as { violation?: string };
      if (violation === undefined) throw error;
      return;
    }
  }
  throw new Error("no loss showed the mistake");
}

Deno.test("BatchRing: the checker finds a pusher that tells before its record is there", async () => {
  const module = await mutant<Module>("sync/batch/batch_ring.ts", [[
    "if (!this.#intake.offer(value, ticket)) return false;\n    this.#memory.items.signal();",
    "this.#memory.items.signal();\n    if (!this.#intake.offer(value, ticket)) return false;",
  ]]);
  await refuses("deadlock", meeting([pushesOne], awaits(1), { module }));
});
