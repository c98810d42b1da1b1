/**
 * Model tests of `Deque`. Bounds: the owner with up to three calls against one
 * thief with up to two, and with up to two against two thieves with one each, in
 * all interleavings; two thieves that wait, within one preemption. Capacities of 1
 * to 4; positions from 0 and near 2^31 and 2^32.
 */

import { assert, assertEquals } from "@std/assert";
import { Deque } from "../../sync/queue/deque.ts";
import type { DequeHandle } from "../../sync/queue/deque_layout.ts";
import { DequeOwnerLostError } from "../../sync/queue/deque_owner_lost_error.ts";
import {
  batches,
  calls,
  crew,
  dequeAt,
  drain,
  enter,
  explored,
  holds,
  type Module,
  ORDERS,
  ORIGINAL,
  POPS,
  PUSHES,
  STEAL,
  STEALS,
} from "./deque_program.ts";
import type { Program } from "./explorer.ts";

Deno.test("Deque: an owner and a thief are linearizable", async () => {
  for (const order of ORDERS) {
    await holds(calls([...PUSHES, ["tryPop"]], [STEALS], { order }));
    await holds(calls(POPS, [STEALS], { order, initial: [7, 8] }));
    await holds(calls(POPS, [STEAL], { order, initial: [7] }));
    await holds(
      calls([["tryPop"], ["tryPush", 1], ["tryPop"]], [STEALS], {
        order,
        initial: [7],
      }),
    );
  }
});

Deno.test("Deque: the last record goes to one of two", async () => {
  for (const order of ORDERS) {
    for (const capacity of [1, 2]) {
      const program = calls([["tryPop"]], [STEAL], {
        order,
        capacity,
        initial: [7],
      });
      await explored(program);
      assertEquals(
        program.ends,
        new Set(["[[7],[null]]", "[[null],[7]]"]),
      );
    }
  }
});

Deno.test("Deque: a slot is written again while a thief looks at it", async () => {
  for (const order of ORDERS) {
    for (const record of ["i32", "f64"] as const) {
      await holds(
        calls([["tryPop"], ["tryPush", 0.5 * 4], ["tryPop"]], [STEAL], {
          order,
          record,
          capacity: 1,
          initial: [7],
        }),
      );
      await holds(
        calls([["tryPush", 1], ["tryPush", 2], ["tryPush", 3]], [STEALS], {
          order,
          record,
          capacity: 1,
        }),
      );
    }
  }
});

Deno.test("Deque: records of two words are not torn", async () => {
  await holds(
    calls([["tryPush", -0.1], ["tryPush", 1e300]], [STEALS], {
      record: "f64",
      capacity: 1,
      initial: [Math.PI],
    }),
  );
});

Deno.test("Deque: positions may pass 2^31 and 2^32", async () => {
  for (const order of ORDERS) {
    for (const position of [2 ** 31, 2 ** 32]) {
      for (const before of [0, 1, 2]) {
        const options = { order, position: position - before };
        await holds(
          calls([["tryPush", 1], ["tryPop"], ["tryPop"]], [STEALS], {
            ...options,
            initial: [7],
          }),
        );
        await holds(calls(PUSHES, [STEALS], { ...options, capacity: 1 }));
      }
    }
  }
});

Deno.test("Deque: an owner and two thieves are linearizable", async () => {
  const thieves = [STEAL, STEAL];
  for (const order of ORDERS) {
    await holds(calls(POPS, thieves, { order, initial: [7, 8] }));
    await holds(calls(PUSHES, thieves, { order }));
    await holds(
      calls([["tryPop"], ["tryPush", 1]], thieves, {
        order,
        capacity: 1,
        initial: [7],
      }),
    );
  }
});

Deno.test("Deque: owner and thief wake each other, by all doors", async () => {
  for (const push of ["push", "pushAsync"] as const) {
    for (const steal of ["steal", "stealAsync"] as const) {
      await explored(
        calls([[push, 1]], [[[steal], [steal]]], {
          capacity: 1,
          initial: [7],
        }),
      );
    }
  }
});

/** One pushes two records at once for two that wait. */
function inBulk(module: Module): Program<DequeHandle> {
  const steals = (handle: DequeHandle) => module.Deque.from(handle).steal();
  return {
    enter,
    setup: () => dequeAt({ module }),
    threads: [
      (handle) =>
        module.Deque.from(handle).owner().pushMany(Int32Array.of(1, 2)),
      steals,
      steals,
    ],
    check: (_, [pushed, ...taken]) => {
      assertEquals(pushed, 2);
      assertEquals(taken.toSorted(), [1, 2]);
    },
    timeouts: 0,
    preemptions: 1,
  };
}

Deno.test("DequeOwner.pushMany() wakes all that wait", () =>
  explored(inBulk(ORIGINAL)));

Deno.test("Deque.stealAsync() given up takes no record and no wake-up", async () => {
  for (const blocks of [false, true]) {
    const ends = new Set<unknown>();
    await explored<DequeHandle>({
      enter,
      setup: () => dequeAt({}),
      threads: [
        (handle) => {
          const owner = Deque.from(handle).owner();
          owner.pushMany(blocks ? Int32Array.of(1, 2) : Int32Array.of(1));
        },
        async (handle, thread) => {
          const deque = Deque.from(handle);
          try {
            return await deque.stealAsync({ signal: thread.signal() });
          } catch (error) {
            if (!(error instanceof DOMException)) throw error;
            return "aborted";
          }
        },
        ...blocks ? [(handle: DequeHandle) => Deque.from(handle).steal()] : [],
      ],
      check: (handle, results) => {
        const taken = results.filter((result) => typeof result === "number");
        const rest = drain(Deque.from(handle));
        assertEquals([...taken, ...rest].toSorted(), blocks ? [1, 2] : [1]);
        ends.add(results[1]);
      },
      timeouts: 0,
      preemptions: blocks ? 1 : Infinity,
    });
    assert(ends.has("aborted") && ends.has(1));
  }
});

Deno.test("DequeOwner.pushAsync() given up adds no record", async () => {
  const ends = new Set<unknown>();
  await explored<DequeHandle>({
    enter,
    setup: () => dequeAt({ capacity: 1, initial: [7] }),
    threads: [
      async (handle, thread) => {
        const owner = Deque.from(handle).owner();
        try {
          await owner.pushAsync(1, { signal: thread.signal() });
          return "added";
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return "aborted";
        }
      },
      (handle) => Deque.from(handle).trySteal(),
    ],
    check: (handle, [end, stolen]) => {
      assertEquals(stolen, 7);
      assertEquals(drain(Deque.from(handle)), end === "added" ? [1] : []);
      ends.add(end);
    },
    timeouts: 0,
  });
  assertEquals(ends, new Set(["added", "aborted"]));
});

Deno.test("Deque.steal() in time takes a record, else none", async () => {
  const ends = new Set<unknown>();
  await explored<DequeHandle>({
    enter,
    setup: () => dequeAt({}),
    threads: [
      (handle) => Deque.from(handle).owner().push(1),
      (handle) => {
        try {
          return Deque.from(handle).steal({ timeout: 10 });
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return error.name;
        }
      },
    ],
    check: (handle, [, end]) => {
      assertEquals(drain(Deque.from(handle)), end === 1 ? [] : [1]);
      ends.add(end);
    },
    timeouts: 2,
    expireTimeouts: [1],
  });
  assertEquals(ends, new Set([1, "TimeoutError"]));
});

Deno.test("Deque.steal() ends when the owner is lost, after all its records", async () => {
  await explored<DequeHandle>({
    enter,
    setup: () => dequeAt({}),
    threads: [
      (handle) => {
        Deque.from(handle).owner().push(1);
        const { threads, id } = crew[0]!;
        threads.markLost(id);
      },
      (handle) => {
        const deque = Deque.from(handle);
        const taken: number[] = [];
        try {
          for (;;) taken.push(deque.steal());
        } catch (error) {
          if (!(error instanceof DequeOwnerLostError)) throw error;
        }
        return taken;
      },
    ],
    check: (_, [, taken]) => assertEquals(taken, [1]),
    timeouts: 1,
    // A loss wakes nobody: it is noticed at the end of a slice.
    expireTimeouts: [1],
  });
});

Deno.test("Deque.owner() gives the end to one of two threads", async () => {
  const takes = (handle: DequeHandle) => {
    try {
      Deque.from(handle).owner();
      return 1;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return 0;
    }
  };
  await explored({
    enter,
    setup: () => dequeAt({}),
    threads: [takes, takes],
    check: (_, results) => assertEquals(results.toSorted(), [0, 1]),
  });
});

Deno.test("Deque.stealBatch() and stealBatchAndPop() take each record once, and in order (U14)", async () => {
  for (const order of ORDERS) {
    for (const into of ORDERS) {
      for (const andPop of [false, true]) {
        const options = { order, into, andPop, capacity: 4 };
        await explored(
          batches({ ...options, initial: [1, 2, 3, 4], pops: 2 }),
        );
        await explored(
          batches({ ...options, initial: [1, 2], pushes: [3], pops: 2 }),
        );
      }
    }
  }
});
