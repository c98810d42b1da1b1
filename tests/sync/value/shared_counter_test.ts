import {
  assert,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  Barrier,
  SharedCounter,
  type SharedCounterHandle,
} from "../../../sync/mod.ts";
import { sliceOf } from "../memory.ts";

/** SharedCounter without the help of the compiler. */
const Counter = SharedCounter as unknown as new (source: unknown) => unknown;

const UNSAFE = [0.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)];

Deno.test("SharedCounter starts with 0 or what it is given", () => {
  assertEquals(new SharedCounter().value, 0);
  for (const initial of [0, -1, 5, 2 ** 53 - 1, -(2 ** 53) + 1]) {
    assertEquals(new SharedCounter(initial).value, initial);
  }
});

Deno.test("SharedCounter gives the value before each operation", () => {
  const counter = new SharedCounter(10);
  assertEquals(counter.add(5), 10);
  assertEquals(counter.add(), 15);
  assertEquals(counter.sub(20), 16);
  assertEquals(counter.sub(), -4);
  assertEquals(counter.add(-5), -5);
  assertEquals(counter.exchange(7), -10);
  assertEquals(counter.value, 7);
});

Deno.test("SharedCounter behaves like a number under any operations", () => {
  const small = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
  fc.assert(
    fc.property(
      small,
      fc.array(
        fc.tuple(fc.constantFrom("add", "sub", "exchange"), small),
        { maxLength: 30 },
      ),
      (initial, steps) => {
        const counter = new SharedCounter(initial);
        const other = SharedCounter.from(counter.handle);
        let model = initial;
        for (const [k, [step, value]] of steps.entries()) {
          const target = k % 2 === 0 ? counter : other;
          assertEquals(
            target[step as "add" | "sub" | "exchange"](value),
            model,
          );
          model = step === "add"
            ? model + value
            : step === "sub"
            ? model - value
            : value;
          assertEquals([counter.value, other.value], [model, model]);
        }
      },
    ),
  );
});

Deno.test("SharedCounter keeps values beyond the safe integers exactly", () => {
  const largest = 2 ** 53 - 1;
  const counter = new SharedCounter(largest);
  counter.add(largest);
  counter.add(largest);
  counter.sub(largest);
  counter.sub(largest);
  assertEquals(counter.value, largest);
});

Deno.test("SharedCounter refuses what is no safe integer and stays as it is", () => {
  const counter = new SharedCounter(3);
  for (const value of UNSAFE) {
    for (
      const action of [
        () => new SharedCounter(value),
        () => counter.add(value),
        () => counter.sub(value),
        () => counter.exchange(value),
      ]
    ) {
      const error = assertThrows(action, RangeError);
      assertStringIncludes(error.message, String(value));
    }
  }
  for (const value of ["1", 1n, true]) {
    assertThrows(() => new Counter(value), RangeError);
    assertThrows(() => counter.add(value as unknown as number), RangeError);
  }
  assertEquals(counter.value, 3);
});

Deno.test("SharedCounter.from() attaches to the same word, also after a clone", () => {
  const counter = new SharedCounter(1);
  const other = SharedCounter.from(structuredClone(counter.handle));
  other.add(1);
  assertEquals(counter.value, 2);
});

Deno.test("SharedCounter does not share a word with the next one", () => {
  const [one, other] = [new SharedCounter(1), new SharedCounter(2)];
  one.exchange(-1);
  assertEquals([one.value, other.value], [-1, 2]);
});

Deno.test("SharedCounter refuses handles of something else", () => {
  const { handle } = new SharedCounter();
  for (
    const bad of [
      null,
      {},
      [],
      new Barrier(1).handle,
      { ...handle, kind: "sharedcounter" },
      { ...handle, buffer: new ArrayBuffer(256) },
      { ...handle, buffer: undefined },
    ]
  ) assertThrows(() => new Counter(bad), TypeError);
});

Deno.test("SharedCounter refuses handles that do not fit into their buffer", () => {
  const handle = (byteLength: number, byteOffset: number) => ({
    kind: "SharedCounter" as const,
    ...sliceOf(byteLength),
    byteOffset,
  } satisfies SharedCounterHandle);
  for (
    const bad of [
      handle(8, 0),
      handle(127, 0),
      handle(256, 256),
      handle(256, 8),
      handle(256, 64),
      handle(256, -128),
      handle(256, 0.5),
      handle(256, NaN),
      handle(256, Infinity),
    ]
  ) assertThrows(() => SharedCounter.from(bad), RangeError);
  assert(SharedCounter.from(handle(256, 128)).value === 0);
});
