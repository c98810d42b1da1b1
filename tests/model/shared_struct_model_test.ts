/**
 * Model tests of `SharedStruct`: two and three threads with two or three
 * accesses each, in all interleavings.
 */

import { assert, assertEquals } from "@std/assert";
import {
  SharedStruct,
  type SharedStructHandle,
} from "../../sync/value/shared_struct.ts";
import { struct } from "../../sync/record/struct.ts";
import { explore, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";

type Module = Pick<
  typeof import("../../sync/value/shared_struct.ts"),
  "SharedStruct"
>;

const fields = {
  small: "u8",
  seen: "bool",
  half: "f32",
  count: "i32",
  whole: "f64",
  big: "u64",
} as const;
const Mixed = struct(fields);
type Handle = SharedStructHandle<typeof fields>;

/** Threads that change one field each, or the same one. */
function program(
  module: Module,
  threads: readonly ((made: SharedStruct<typeof fields>) => unknown)[],
  check: (
    made: SharedStruct<typeof fields>,
    results: readonly unknown[],
  ) => void,
): Program<Handle> {
  return {
    setup: () => new module.SharedStruct(Mixed).handle,
    threads: threads.map((thread) => (handle: Handle) =>
      thread(module.SharedStruct.from(handle))
    ),
    check: (handle, results) =>
      check(module.SharedStruct.from(handle), results),
    preemptions: Infinity,
  };
}

async function holds(...args: Parameters<typeof program>): Promise<void> {
  const { complete } = await explore(program(...args));
  assert(complete);
}

Deno.test("SharedStruct.add() and the others are one step each", async () => {
  await holds(
    { SharedStruct },
    [
      (made) => [made.add("small", 200), made.exchange("whole", 0.1)],
      (made) => [made.add("small", 100), made.exchange("whole", 0.2)],
      (made) => made.add("big", 2n ** 63n),
    ],
    (made, results) => {
      assertEquals(made.load("small"), 300 - 256);
      assertEquals(made.load("big"), 2n ** 63n);
      const [one, two] = results as [number[], number[]];
      assertEquals(one[0] === 0, two[0] === 200);
      assertEquals(
        [one[1], two[1], made.load("whole")].toSorted(),
        [0, 0.1, 0.2],
      );
    },
  );
});

Deno.test("SharedStruct.compareExchange() lets one of several win", async () => {
  await holds(
    { SharedStruct },
    [0.5, 0.25].map((value) => (made) => [
      made.compareExchange("half", 0, value),
      made.compareExchange("seen", false, true),
      made.compareExchange("whole", 0, value),
    ]),
    (made, results) => {
      const [one, two] = results as [unknown[], unknown[]];
      assertEquals([one[0], two[0]].filter((before) => before === 0).length, 1);
      assertEquals([one[1], two[1]].toSorted(), [false, true]);
      assertEquals(made.load("half"), one[0] === 0 ? 0.5 : 0.25);
      assertEquals(made.load("whole"), one[2] === 0 ? 0.5 : 0.25);
    },
  );
});

Deno.test("SharedStruct: neighbours in one word do not disturb each other", async () => {
  await holds(
    { SharedStruct },
    [
      (made) => made.fields.small = 7,
      (made) => made.fields.seen = true,
      (made) => made.fields.half = 0.5,
    ],
    (made) =>
      assertEquals(made.read(), {
        small: 7,
        seen: true,
        half: 0.5,
        count: 0,
        whole: 0,
        big: 0n,
      }),
  );
});

/** A struct whose fields have mistakes. */
function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/value/shared_struct.ts", [], {
    "sync/value/shared_field.ts": edits,
  });
}

Deno.test("SharedStruct: the checker finds an addition in two steps", async () => {
  const module = await broken([
    "return Atomics.add(this.view, this.index, operand);",
    "{ const before = Atomics.load(this.view, this.index); Atomics.store(this.view, this.index, before + operand); return before; }",
  ]);
  await refuses(
    "exception",
    program(
      module,
      [(made) => made.add("count", 1), (made) => made.add("count", 1)],
      (made) => assertEquals(made.load("count"), 2),
    ),
  );
});

Deno.test("SharedStruct: the checker finds a number that is stored without Atomics", async () => {
  const module = await broken([
    "draft32(one, value);\n    Atomics.store(this.view, this.index, one.i32[0]!);",
    "draft32(one, value);\n    this.view[this.index] = one.i32[0]!;",
  ]);
  await refuses(
    "data race",
    program(
      module,
      [(made) => made.fields.half = 0.5, (made) => made.fields.half],
      () => {},
    ),
  );
});
