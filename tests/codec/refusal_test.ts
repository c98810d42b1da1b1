import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { decode, encode, encodeArguments, Writer } from "../../codec/mod.ts";
import { Barrier, SharedCounter } from "../../sync/mod.ts";
import { portableValues } from "./portable_values.ts";
import { assertCopy } from "./same.ts";
import { copyOf, readerOf } from "./support.ts";

/** What encode() says to a value. The writer must be as before. */
function refusalOf(value: unknown, name = "argument 0"): string {
  const out = new Writer();
  encode(out, "before", "value");
  const { length } = out;
  const error = assertThrows(() => encode(out, value, name), TypeError);
  assertEquals(out.length, length);
  assertEquals(decode(readerOf(out)), "before");
  return error.message;
}

/** Fails unless the refusal has all of these fragments. */
function assertRefused(value: unknown, ...fragments: string[]): void {
  const message = refusalOf(value);
  for (const fragment of ["argument 0", ...fragments]) {
    assertStringIncludes(message, fragment);
  }
}

class Point {
  x = 1;
}

Deno.test("encode() refuses what is not portable and says what it is", () => {
  assertRefused(() => 1, "function");
  assertRefused(class {}, "function");
  assertRefused(Symbol("s"), "symbol");
  assertRefused(new Point(), "Point");
  assertRefused(new (class {})(), "class");
  assertRefused(Promise.resolve(), "promise", "await");
  assertRefused({ then() {} }, "'then'", "function");
  assertRefused(/x/, "RegExp");
  assertRefused(new WeakMap(), "WeakMap");
  assertRefused(new URL("https://example.com"), "URL");
  assertRefused(new Number(1), "Number");
  assertRefused((function* () {})(), "an instance");
});

Deno.test("encode() refuses with the path of the value", () => {
  const f = () => {};
  assertRefused({ options: { onDone: f } }, "'options.onDone'");
  assertRefused([1, [2, f]], "'[1][1]'");
  assertRefused({ list: [0, { x: f }] }, "'list[1].x'");
  assertRefused({ "a b": { "0": f } }, `'["a b"]["0"]'`);
  assertRefused({ "": f }, `'[""]'`);
  assertRefused(new Map([["k", f]]), `get("k")`);
  assertRefused(new Map([[7, { a: f }]]), "get(7).a");
  assertRefused(
    new Map<unknown, unknown>([["k", 1], [{ a: f }, 2]]),
    "key(1).a",
  );
  assertRefused(new Map([[{}, f]]), "get(key 0)");
  assertRefused(new Set([1, { a: f }]), "value(1).a");
  assertRefused(Object.assign(Object.create(null), { a: f }), "'a'");
  assertRefused(
    Object.defineProperty({}, "__proto__", { value: f, enumerable: true }),
    "'__proto__'",
  );
});

Deno.test("encode() refuses with the path of the first of several", () => {
  const message = refusalOf({ fine: [1], first: Symbol(), second: () => {} });
  assertStringIncludes(message, "'first'");
  assert(!message.includes("second"));
});

Deno.test("encode() refuses what is in something that contains itself, with the path", () => {
  const list: unknown[] = [1];
  list.push(list, { f: () => {} });
  assertRefused({ list }, "'list[2].f'", "function");
  const map = new Map<unknown, unknown>();
  map.set("m", map).set("s", Symbol());
  assertRefused(map, `get("s")`, "symbol");
});

Deno.test("encode() refuses what is behind something that occurs twice", () => {
  const twice = { list: [1] };
  assertRefused([twice, twice, { twice, f: () => {} }], "'[2].f'", "function");
});

Deno.test("encode() refuses what is too deep, with the path", () => {
  let value: unknown = [];
  for (let level = 0; level < 256; level++) value = { d: value };
  assertRefused(value, "d.d.d", "256");
  let far: unknown = [];
  for (let level = 0; level < 10_000; level++) far = [far];
  assertRefused(far, "[0][0][0]", "256");
});

Deno.test("encode() refuses shared memory where it cannot be sent along", () => {
  const buffer = new SharedArrayBuffer(16);
  assertRefused({ a: buffer }, "'a'", "SharedArrayBuffer");
  assertRefused({ a: new SharedCounter() }, "'a'", "SharedCounter");
  assertRefused({ a: new Barrier(1) }, "'a'", "Barrier");
});

Deno.test("encode() refuses views on shared memory, wherever they go", () => {
  const buffer = new SharedArrayBuffer(16);
  for (
    const view of [
      new Uint8Array(buffer),
      new Float64Array(buffer),
      new DataView(buffer),
    ]
  ) {
    assertRefused({ a: [view] }, "'a[0]'", "shared memory");
    const out = new Writer();
    out.buffers = [];
    const error = assertThrows(() => encode(out, { view }, "value"), TypeError);
    assertStringIncludes(error.message, "'view'");
    assertEquals([out.length, out.buffers], [0, []]);
  }
});

Deno.test("encode() refuses with the name that it is given", () => {
  assertStringIncludes(
    refusalOf([() => {}], "result of 'hits.hit'"),
    "result of 'hits.hit'",
  );
});

Deno.test("encodeArguments() refuses with the place of the argument", () => {
  const error = assertThrows(
    () => encodeArguments(new Writer(), [1, "two", { three: () => {} }]),
    TypeError,
  );
  assertStringIncludes(error.message, "argument 2");
  assertStringIncludes(error.message, "'three'");
});

Deno.test("encode() leaves the writer alone when a getter throws", () => {
  const thrown = new Error("from the getter");
  const value = {
    first: "x".repeat(5000),
    get second(): number {
      throw thrown;
    },
  };
  const out = new Writer(64);
  encode(out, [1, 2], "value");
  const { length } = out;
  const error = assertThrows(() => encode(out, value, "value"));
  assertStrictEquals(error, thrown);
  assertEquals(out.length, length);
  encode(out, "after", "value");
  const reader = readerOf(out);
  assertEquals([decode(reader), decode(reader)], [[1, 2], "after"]);
});

Deno.test("encode() may run again while a getter runs", () => {
  const value = {
    before: 1,
    get inner() {
      return copyOf({ big: "é".repeat(100), number: 1.5, deep: [[]] });
    },
    after: 2.5,
  };
  assertEquals(copyOf(value), {
    before: 1,
    inner: { big: "é".repeat(100), number: 1.5, deep: [[]] },
    after: 2.5,
  });
});

Deno.test("encode() refuses what is another value when it is read again", () => {
  let reads = 0;
  const value = {
    get odd() {
      return reads++ === 0 ? () => {} : 1;
    },
  };
  assertRefused(value, "changed");
});

Deno.test("encode() leaves the writer alone whatever it refuses", {
  timeout: 60_000,
}, () => {
  fc.assert(
    fc.property(
      portableValues,
      fc.array(portableValues, { maxLength: 3 }),
      (before, values) => {
        const out = new Writer(16);
        encode(out, before, "value");
        const { length } = out;
        const error = assertThrows(
          () => encode(out, [...values, { bad: () => {} }], "value"),
          TypeError,
        );
        assertStringIncludes(error.message, `'[${values.length}].bad'`);
        assertEquals(out.length, length);
        assertCopy(decode(readerOf(out)), before);
      },
    ),
    { numRuns: 100 },
  );
});
