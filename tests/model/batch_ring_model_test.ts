/**
 * Model tests of `BatchRing`. Bounds: a consumer and one or two threads that push up
 * to three records, in all interleavings, or within so many `preemptions` as are
 * given. 64 places, of which so many are taken at the start as a test says;
 * positions from 0 and near 2^31 and 2^32.
 */

import { assert, assertEquals } from "@std/assert";
import type { BatchesHandle } from "../../sync/batch/batch_memory.ts";
import type { BatchRingHandle } from "../../sync/batch/record_batches.ts";
import { type Kind, type Module, numbers, ORIGINAL } from "./batch_kinds.ts";
import {
  awaits,
  bounds,
  enter,
  freesBackwards,
  freesOldest,
  meeting,
  ModelRing,
  numberOf,
  pushes,
  pushesAtLast,
  pushesOne,
  ringAt,
} from "./batch_program.ts";
import type { ModelThread } from "./explorer.ts";
import { mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import {
  type Ending,
  endsInSeveralWays as holds,
  explored,
  exploredEnds,
} from "./program.ts";

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
  await holds(
    meeting([pushes(2)], bounds(2), { kind: numbers("f64") as Kind }),
  );
});

/** One looks how many records there are while all are freed and others come. */
function looking(module: Module = ORIGINAL): Ending<BatchesHandle> {
  const ends = new Set<string>();
  return {
    ends,
    enter,
    setup: () => ringAt({ taken: 64 }),
    threads: [
      (handle, thread) => pushes(1)(new ModelRing(handle, {}), thread),
      (handle) => {
        const ring = new ModelRing(handle, {});
        using consumer = ring.consumer();
        ring.freeTaken(consumer);
      },
      (handle) => new ModelRing(handle, { module }).ring.size,
    ],
    check: (_, [pushed, , size]) => {
      const possible = (pushed as number[]).length > 0 ? [64, 0, 1] : [64, 0];
      assert(possible.includes(size as number), String(size));
      ends.add(String(size));
    },
    timeouts: 0,
  };
}

Deno.test("BatchRing.size is that of one moment", async () => {
  assertEquals(await exploredEnds(looking()), ["0", "1", "64"]);
});

Deno.test("BatchRing: the checker finds a size by a head that is too old", async () => {
  const module = await mutant<Pick<Module, "BatchRing">>(
    "sync/batch/batch_ring.ts",
    [],
    {
      "sync/batch/pushed_batches.ts": [[
        "if (Atomics.load(memory.words, HEAD) === head) return",
        "return",
      ]],
    },
  );
  await refuses("exception", looking({ ...ORIGINAL, ...module }));
});

/** Two records at once of one thread, one of another one. */
function inBulk(module: Module = ORIGINAL): Ending<BatchesHandle> {
  const ends = new Set<string>();
  const attach = (handle: BatchesHandle) =>
    module.BatchRing.from(handle as BatchRingHandle);
  return {
    ends,
    enter,
    setup: () => ringAt({ position: -1 }),
    threads: [
      (handle) => attach(handle).pushMany(Int32Array.of(10, 11)),
      (handle) => attach(handle).tryPush(20),
      (handle) => {
        using consumer = attach(handle).consumer();
        return Array.from({ length: 2 }, () => {
          using batch = consumer.bound();
          return batch?.toArray() ?? [];
        });
      },
    ],
    check: (handle, [, , taken]) => {
      enter(3);
      using consumer = attach(handle).consumer();
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

Deno.test("BatchRing: the checker finds records that are published one by one", async () => {
  const module = await mutant<Pick<Module, "BatchRing">>(
    "sync/batch/batch_ring.ts",
    [],
    {
      "sync/batch/batch_intake.ts": [[
        "    claim.signMany(tail, count, ticket);\n    claim.giveBack(tail, count);\n    return count;\n  }\n\n  /** The same",
        "    claim.signMany(tail, count, ticket);\n    for (let k = 0; k < count; k++) {\n      if (k > 0) claim.take();\n      claim.giveBack(tail + k, 1);\n    }\n    return count;\n  }\n\n  /** The same",
      ]],
    },
  );
  await refuses("exception", inBulk({ ...ORIGINAL, ...module }));
});

Deno.test("BatchConsumer.wait() is woken by a record", async () => {
  await explored(meeting([pushesOne], awaits(1)));
  await holds(meeting([pushesAtLast], awaits(1), { taken: 64 }));
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

Deno.test("BatchRegion.free() out of order wakes who waits for the room of the oldest (Q12, Q20)", async () => {
  await holds(meeting([pushesAtLast], freesBackwards, { taken: 63 }));
});

Deno.test("BatchRegion.free() gives no room back that another batch has (Q12, Q20)", async () => {
  await holds(meeting([pushes(2)], freesOldest, { taken: 63 }));
  await holds(meeting([pushes(2)], freesBackwards, { taken: 63 }));
  await explored(meeting([pushes(3)], () => [], { taken: 63 }));
});

/** One waits for room and gives up at any moment; one makes room; a third waits. */
function givingUp(blocks: boolean): Ending<BatchesHandle> {
  const ends = new Set<string>();
  const attach = (handle: BatchesHandle) => new ModelRing(handle, {});
  return {
    ends,
    enter,
    setup: () => ringAt({ taken: 64 }),
    threads: [
      (handle) => {
        const ring = attach(handle);
        using consumer = ring.consumer();
        ring.freeTaken(consumer);
      },
      async (handle, thread) => {
        const number = numberOf(1, 0);
        try {
          await attach(handle).pushAsync(number, { signal: thread.signal() });
          return [number];
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return [];
        }
      },
      ...blocks
        ? [
          (handle: BatchesHandle, thread: ModelThread) =>
            pushesOne(attach(handle), thread),
        ]
        : [],
    ],
    check: (handle, results) => {
      enter(3);
      const ring = attach(handle);
      using consumer = ring.consumer();
      const pushed = results.slice(1) as number[][];
      const all = ring.restOf(consumer).flat();
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
  await explored<BatchesHandle>({
    enter,
    setup: () => ringAt({}),
    threads: [
      (handle, thread) => pushesOne(new ModelRing(handle, {}), thread),
      async (handle, thread) => {
        using consumer = new ModelRing(handle, {}).consumer();
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
      enter(3);
      const ring = new ModelRing(handle, {});
      using consumer = ring.consumer();
      assertEquals(ring.restOf(consumer), [[10]]);
    },
    timeouts: 0,
  });
  assertEquals(ends, new Set(["found", "aborted"]));
});
