import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  EXPORT,
  type FunctionDefinition,
  SOURCE,
} from "../../../workers/functions/function_definition.ts";
import { DefinitionMemory } from "../../../workers/functions/definition_memory.ts";
import { FunctionStore } from "../../../workers/functions/function_store.ts";
import {
  type AnyFunction,
  portable,
} from "../../../workers/functions/portable.ts";
import { mutant } from "../../model/explorer/mutant.ts";
import { runWorkers } from "../../sync/crew.ts";
import type {
  FunctionOutcome,
  FunctionTask,
} from "./fixtures/function_worker.ts";

/** A function of this source. */
function made(body: string): AnyFunction {
  return new Function(body) as AnyFunction;
}

Deno.test("FunctionStore.numberOf() gives a function one number, on every thread", () => {
  const store = FunctionStore.allocate();
  const other = new FunctionStore(structuredClone(store.handle));
  const add = (a: number, b: number): number => a + b;
  const number = store.numberOf(add);
  assert(Number.isInteger(number) && number > 0 && number < 2 ** 24);
  assertEquals(store.numberOf(add), number);
  assertEquals(other.numberOf(add), number);
});

Deno.test("FunctionStore.numberOf() knows functions by name and source", () => {
  for (const store of [FunctionStore.allocate(), FunctionStore.inline()]) {
    const make = (): () => number => () => 1;
    const number = store.numberOf(make());
    assertEquals(store.numberOf(make()), number);
    const named = (): AnyFunction => {
      const other: () => number = () => 1;
      return other;
    };
    assert(store.numberOf(named()) !== number);
    assertEquals(store.numberOf(named()), store.numberOf(named()));
    const { name } = store.load(store.numberOf(named())) as { name: string };
    assertEquals(name, "other");
    const exported = (): AnyFunction =>
      portable("file:///a.ts", function f() {});
    assertEquals(store.numberOf(exported()), store.numberOf(exported()));
  }
});

Deno.test("FunctionStore.load() compiles a function once per thread", () => {
  const store = FunctionStore.allocate();
  const number = store.numberOf(() => 1);
  const loaded = store.load(number);
  assertStrictEquals(store.load(number), loaded);
  const other = new FunctionStore(store.handle).load(number);
  assert(loaded !== other);
});

Deno.test("FunctionStore.handle names shared functions only", () => {
  assertInstanceOf(
    structuredClone(FunctionStore.allocate().handle).buffer,
    SharedArrayBuffer,
  );
  assertThrows(() => FunctionStore.inline().handle, TypeError);
});

Deno.test("FunctionStore.numberOf() refuses what does not fit, and keeps all else", () => {
  const store = FunctionStore.allocate(undefined, 16 * 1024);
  const numbers: number[] = [];
  const error = assertThrows(() => {
    for (let k = 0;; k++) {
      numbers.push(store.numberOf(made(`return ${k}; // ${"x".repeat(900)}`)));
    }
  }, RangeError);
  assertStringIncludes(error.message, "16384");
  assert(numbers.length > 5);
  numbers.forEach((number, k) => {
    const { run } = store.load(number) as { run: AnyFunction };
    assertEquals(run(), k);
  });
  // A smaller one fits still, and those that are there need no room.
  const small = store.numberOf(made("return 1"));
  assert(small > numbers.at(-1)!);
  assertEquals(
    store.numberOf(made(`return 0; // ${"x".repeat(900)}`)),
    numbers[0],
  );
  assertThrows(() => store.numberOf(made("x".repeat(900))), RangeError);
});

Deno.test("FunctionStore.load() refuses numbers that no function has", () => {
  const store = FunctionStore.allocate(undefined, 16 * 1024);
  const number = store.numberOf(() => 1);
  const numbers = [
    ...[0, -1, 1, 2 ** 31, -(2 ** 31), 2 ** 53, 1e300, 0.5, NaN, Infinity],
    number - 1,
    number + 1,
    number + 0.5,
    16 * 1024 / 4 - 1,
    16 * 1024 / 4,
  ];
  const inline = FunctionStore.inline();
  assertEquals(inline.numberOf(() => 1), 1);
  for (const wrong of numbers) {
    const { message } = assertThrows(() => store.load(wrong), TypeError);
    assertStringIncludes(message, String(wrong));
    if (wrong !== 1) assertThrows(() => inline.load(wrong), TypeError);
  }
});

Deno.test("FunctionStore.load() refuses an entry that was tampered with", () => {
  const store = FunctionStore.allocate(undefined, 16 * 1024);
  const number = store.numberOf(() => 12345678);
  const words = new Int32Array(store.handle.buffer);
  const end = words.findLastIndex((word) => word !== 0);
  for (let k = number; k <= end; k++) {
    const before = words[k]!;
    if (k === number + 1) continue; // the link: not read here
    for (const bit of [1, 0x10000, 0x40000000, -0x80000000]) {
      words[k] = before ^ bit;
      const there = new FunctionStore(store.handle);
      assertThrows(() => there.load(number), TypeError);
    }
    words[k] = before;
  }
  assert(new FunctionStore(store.handle).load(number));
});

Deno.test("FunctionStore.load() refuses a source that is none", () => {
  const { handle } = FunctionStore.allocate(undefined, 16 * 1024);
  const memory = new DefinitionMemory(handle.buffer);
  for (const text of ["", "1", "(", "})", "{}", "class {", "throw 1"]) {
    const number = memory.add({ kind: SOURCE, name: "broken", text });
    const { message } = assertThrows(
      () => new FunctionStore(handle).load(number),
      TypeError,
    );
    assertStringIncludes(message, "'broken'");
  }
});

Deno.test("FunctionStore gives back what was added, whatever it is called", () => {
  const definition: fc.Arbitrary<FunctionDefinition> = fc.record({
    kind: fc.constantFrom(SOURCE, EXPORT),
    name: fc.string({ unit: "binary", maxLength: 20 }),
    text: fc.string({ unit: "binary", maxLength: 200 }),
  });
  fc.assert(
    fc.property(fc.array(definition, { maxLength: 40 }), (all) => {
      const { buffer } = FunctionStore.allocate(undefined, 1 << 20).handle;
      const known = new Map<string, number>();
      all.forEach((one, k) => {
        // Each time as another thread.
        const number = new DefinitionMemory(buffer).add(one);
        const key = JSON.stringify([one.kind, one.name, one.text]);
        assertEquals(known.get(key) ?? number, number);
        known.set(key, number);
        for (const other of all.slice(0, k + 1)) {
          const key = JSON.stringify([other.kind, other.name, other.text]);
          assertEquals(new DefinitionMemory(buffer).at(known.get(key)!), other);
        }
      });
      assertEquals(new Set(known.values()).size, known.size);
    }),
    { numRuns: 30 },
  );
});

Deno.test("FunctionStore tells functions apart whose hashes are the same", async () => {
  const { DefinitionMemory } = await mutant<
    typeof import("../../../workers/functions/definition_memory.ts")
  >("workers/functions/definition_memory.ts", [["return hash;", "return 0;"]]);
  const memory = new DefinitionMemory(new SharedArrayBuffer(16 * 1024));
  const texts = Array.from({ length: 20 }, (_, k) => `()=>${10 + k}`);
  const add = (text: string) => memory.add({ kind: SOURCE, name: "", text });
  const numbers = texts.map(add);
  assertEquals(new Set(numbers).size, texts.length);
  assertEquals(texts.map(add), numbers);
});

Deno.test("FunctionStore keeps sources with lone surrogates", () => {
  const store = FunctionStore.allocate();
  const fn = made(`return "\ud800";`);
  const { run } = new FunctionStore(store.handle)
    .load(store.numberOf(fn)) as { run: AnyFunction };
  assertEquals(run(), "\ud800");
});

Deno.test(
  "FunctionStore: workers that add and load at once agree on all numbers",
  {
    timeout: 60_000,
  },
  async () => {
    const { handle } = FunctionStore.allocate();
    const numbers = new SharedArrayBuffer(4 * 500);
    const task = { store: handle, numbers, time: 700 };
    const outcomes = await runWorkers<FunctionTask, FunctionOutcome>(
      "../../workers/functions/fixtures/function_worker.ts",
      [1, 2, 3].map((seed) => ({ ...task, seed })),
    );
    for (const { added, loaded } of outcomes) assert(added > 0 && loaded > 0);
    const store = new FunctionStore(handle);
    new Int32Array(numbers).forEach((number, k) => {
      if (number === 0) return;
      const { run } = store.load(number) as { run: AnyFunction };
      assertEquals(run(1), 1 + k);
    });
  },
);
