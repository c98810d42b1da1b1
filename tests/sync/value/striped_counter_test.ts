import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { longsOf } from "../../../sync/memory/memory.ts";
import {
  Barrier,
  StripedCounter,
  type StripedCounterHandle,
} from "../../../sync/mod.ts";
import { runWorkers } from "../crew.ts";
import type {
  StripedOutcome,
  StripedTask,
} from "../fixtures/striped_worker.ts";
import { claimOther, runAs } from "../other_thread.ts";

/** StripedCounter without the help of the compiler. */
const Counter = StripedCounter as unknown as new (source: unknown) => unknown;

Deno.test("StripedCounter adds up what all threads added", () => {
  using one = claimOther();
  using other = claimOther();
  for (const stripes of [1, 2, 1024]) {
    const counter = new StripedCounter({ stripes });
    const objects = [
      counter,
      ...[one, other].map(({ id }) =>
        runAs(id, () => StripedCounter.from(structuredClone(counter.handle)))
      ),
    ];
    objects.forEach((object, k) => object.add(10 ** k));
    counter.sub(5);
    counter.add();
    for (const object of objects) assertEquals(object.value, 107);
    const words = longsOf(counter.handle, stripes * 16);
    const used = [...words].filter((word) => word !== 0n).length;
    assertEquals(used, Math.min(stripes, 3) === 2 ? 2 : stripes === 1 ? 1 : 3);
    assertEquals(objects[1]!.take(), 107);
    assertEquals(counter.value, 0);
    assertEquals(counter.take(), 0);
  }
});

Deno.test("StripedCounter has a power of two of stripes, four for each processor", () => {
  const { stripes } = new StripedCounter().handle;
  assert(stripes >= 4 * navigator.hardwareConcurrency);
  assert(stripes < 8 * navigator.hardwareConcurrency);
  assertEquals(Math.log2(stripes) % 1, 0);
});

Deno.test("StripedCounter keeps sums beyond the safe integers exactly, and wraps at 2^63", () => {
  const largest = 2 ** 53 - 1;
  using other = claimOther();
  const counter = new StripedCounter({ stripes: 2 });
  const second = runAs(other.id, () => StripedCounter.from(counter.handle));
  for (const object of [counter, second, counter]) object.add(largest);
  for (const object of [counter, second]) object.sub(largest);
  assertEquals(second.value, largest);
  counter.take();
  const words = longsOf(counter.handle, 32);
  words[0] = 2n ** 63n - 1n;
  words[16] = 1n;
  assertEquals(counter.value, -(2 ** 63));
  // Near 2^31 and 2^32, where words of 32 bits would end.
  for (const start of [2 ** 31 - 1, 2 ** 32 - 1]) {
    counter.take();
    counter.add(start);
    counter.add();
    assertEquals(counter.value, start + 1);
  }
});

Deno.test("StripedCounter behaves like a number under any operations", () => {
  const small = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
  using other = claimOther();
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.constantFrom("add", "sub", "take"), small),
        { maxLength: 30 },
      ),
      (steps) => {
        const mine = new StripedCounter({ stripes: 4 });
        const theirs = runAs(other.id, () => StripedCounter.from(mine.handle));
        let model = 0;
        for (const [k, [step, value]] of steps.entries()) {
          const target = k % 2 === 0 ? mine : theirs;
          if (step === "take") {
            assertEquals(target.take(), model);
            model = 0;
          } else {
            target[step as "add" | "sub"](value);
            model += step === "add" ? value : -value;
          }
          assertEquals([mine.value, theirs.value], [model, model]);
        }
      },
    ),
  );
});

Deno.test("StripedCounter refuses what is no safe integer, no power of two, and no handle", () => {
  const counter = new StripedCounter({ stripes: 2 });
  counter.add(3);
  for (
    const value of [0.5, NaN, Infinity, 2 ** 53, "1" as never, 1n as never]
  ) {
    for (
      const action of [() => counter.add(value), () => counter.sub(value)]
    ) {
      const error = assertThrows(action, RangeError);
      assertStringIncludes(error.message, String(value));
    }
  }
  assertEquals(counter.value, 3);
  for (const stripes of [0, -1, 3, 1.5, NaN, Infinity, 2048, "2" as never]) {
    const error = assertThrows(
      () => new StripedCounter({ stripes }),
      RangeError,
    );
    assertStringIncludes(error.message, String(stripes));
  }
  const { handle } = counter;
  const from = (handle: unknown) =>
    StripedCounter.from(handle as StripedCounterHandle);
  for (
    const bad of [
      null,
      undefined,
      {},
      new Barrier(1).handle,
      { ...handle, buffer: new ArrayBuffer(256) },
    ]
  ) assertThrows(() => from(bad), TypeError);
  assertThrows(() => new Counter({ ...handle, kind: "x" }), TypeError);
  for (
    const bad of [
      { ...handle, byteOffset: 8 },
      { ...handle, byteOffset: 0, buffer: new SharedArrayBuffer(128) },
      { ...handle, stripes: 3 },
      { ...handle, stripes: undefined },
      {
        ...handle,
        stripes: 1024,
        buffer: new SharedArrayBuffer(256),
        byteOffset: 0,
      },
    ]
  ) assertThrows(() => from(bad), RangeError);
});

for (const stripes of [1, 4]) {
  Deno.test(
    `StripedCounter of ${stripes} loses nothing that 3 workers add, and take() takes nothing twice`,
    { timeout: 120_000 },
    async () => {
      const counter = new StripedCounter({ stripes });
      const start = new Barrier(3);
      const outcomes = await runWorkers<StripedTask, StripedOutcome>(
        "striped_worker.ts",
        [1, 2, 3].map((seed) => ({
          counter: counter.handle,
          start: start.handle,
          additions: 50_000,
          seed,
        })),
      );
      const added = outcomes.reduce((sum, { added }) => sum + added, 0);
      const taken = outcomes.reduce((sum, { taken }) => sum + taken, 0);
      assertEquals(taken + counter.value, added);
      assert(outcomes.every(({ backwards }) => !backwards));
    },
  );
}
