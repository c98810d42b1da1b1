import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { SharedStruct } from "../../../sync/value/shared_struct.ts";
import { struct } from "../../../sync/record/struct.ts";
import { runWorkers } from "../crew.ts";
import type {
  StructOutcome,
  StructTask,
} from "../fixtures/shared_struct_worker.ts";
import { refusesHandles } from "../handles.ts";
import { sliceOf } from "../memory.ts";

const TIMEOUT = { timeout: 120_000 };

const All = struct({
  i8: "i8",
  u8: "u8",
  bool: "bool",
  i16: "i16",
  u16: "u16",
  i32: "i32",
  u32: "u32",
  f32: "f32",
  i64: "i64",
  u64: "u64",
  f64: "f64",
});
const FULL = {
  i8: -128,
  u8: 255,
  bool: true,
  i16: -(2 ** 15),
  u16: 2 ** 16 - 1,
  i32: -(2 ** 31),
  u32: 2 ** 32 - 1,
  f32: -0.5,
  i64: -(2n ** 63n),
  u64: 2n ** 64n - 1n,
  f64: -0.1,
};

Deno.test("SharedStruct keeps each field, in all threads that attach", () => {
  const made = new SharedStruct(All);
  assertEquals(
    made.read(),
    {
      ...FULL,
      ...Object.fromEntries(
        Object.entries(FULL).map((
          [name, value],
        ) => [
          name,
          typeof value === "bigint"
            ? 0n
            : typeof value === "number"
            ? 0
            : false,
        ]),
      ),
    } as typeof FULL,
  );
  const same = SharedStruct.from(structuredClone(made.handle));
  assertStrictEquals(same.type as unknown, All);
  made.write(FULL);
  assertEquals(same.read(), FULL);
  assertEquals(new SharedStruct(All, FULL).read(), FULL);
  const into = { ...FULL, f64: 0, i8: 0 };
  assertStrictEquals(same.read(into), into);
  assertEquals(into, FULL);
  same.fields.f64 = NaN;
  assertEquals(made.load("f64"), NaN);
  same.fields.f64 = -0;
  assert(Object.is(made.fields.f64, -0));
});

Deno.test("SharedStruct: a field leaves its neighbours alone", () => {
  const names = Object.keys(FULL) as (keyof typeof FULL)[];
  for (const name of names) {
    const made = new SharedStruct(All);
    const zeros = made.read();
    made.store(name, FULL[name]);
    assertEquals(made.read(), { ...zeros, [name]: FULL[name] });
    assertEquals(made.exchange(name, zeros[name]), FULL[name]);
    assertEquals(made.read(), zeros);
    assertEquals(
      made.compareExchange(name, FULL[name], FULL[name]),
      zeros[name],
    );
    assertEquals(made.read(), zeros);
    assertEquals(
      made.compareExchange(name, zeros[name], FULL[name]),
      zeros[name],
    );
    assertEquals(made.read(), { ...zeros, [name]: FULL[name] });
  }
});

Deno.test("SharedStruct.add() and its like change integers, which wrap", () => {
  const made = new SharedStruct(All, FULL);
  assertEquals(made.add("u32", 2), 2 ** 32 - 1);
  assertEquals(made.load("u32"), 1);
  assertEquals(made.sub("i8", 1), -128);
  assertEquals(made.load("i8"), 127);
  assertEquals(made.add("i64", -1n), -(2n ** 63n));
  assertEquals(made.load("i64"), 2n ** 63n - 1n);
  assertEquals(made.and("u16", 0xf0), 0xffff);
  assertEquals(made.or("u16", 0x0f), 0xf0);
  assertEquals(made.xor("u16", 0xf0), 0xff);
  assertEquals(made.fields.u16, 0x0f);
});

const kinds = ["i8", "u8", "i16", "u16", "i32", "u32"] as const;
const calls = ["add", "sub", "and", "or", "xor", "exchange"] as const;

Deno.test("SharedStruct does what a typed array does", () => {
  const arrays = {
    i8: Int8Array,
    u8: Uint8Array,
    i16: Int16Array,
    u16: Uint16Array,
    i32: Int32Array,
    u32: Uint32Array,
  };
  const step = fc.tuple(
    fc.constantFrom(...kinds),
    fc.constantFrom(...calls),
    fc.integer({ min: -(2 ** 31), max: 2 ** 32 - 1 }),
  );
  fc.assert(fc.property(fc.array(step), (steps) => {
    const made = new SharedStruct(All);
    const any = made as unknown as Record<
      string,
      (name: string, operand: number) => number
    >;
    const model = Object.fromEntries(
      kinds.map((kind) => [kind, new arrays[kind](1)]),
    ) as Record<typeof kinds[number], Int32Array>;
    for (const [kind, call, number] of steps) {
      const operand = arrays[kind].of(number)[0]!;
      assertEquals(
        any[call]!(kind, operand),
        Atomics[call](model[kind], 0, operand),
      );
      assertEquals(made.fields[kind], model[kind][0]!);
    }
  }));
});

Deno.test("SharedStruct refuses bad fields and values, and stays as it is", () => {
  const made = new SharedStruct(All, FULL);
  const any = made as unknown as SharedStruct<{ none: "i32" }> & {
    add(name: string, operand: unknown): void;
    store(name: string, value: unknown): void;
    write(values: object): void;
  };
  assertThrows(() => any.load("none"), TypeError);
  assertThrows(() => any.store("none", 1), TypeError);
  assertThrows(() => any.add("none", 1), TypeError);
  assertThrows(() => any.add("f64", 1), TypeError);
  assertThrows(() => any.add("bool", true), TypeError);
  assertThrows(() => any.add("u8", -1), RangeError);
  assertThrows(() => any.add("i64", 1), TypeError);
  assertThrows(() => any.store("toString", 1), TypeError);
  assertThrows(() => any.write({ i8: 1, none: 1 }), TypeError);
  assertThrows(() => any.write({ i8: 1, u8: 256 }), RangeError);
  assertThrows(() => made.fields.u8 = 256, RangeError);
  assertThrows(() => made.compareExchange("u8", -1, 1), RangeError);
  assertThrows(() => made.compareExchange("u8", 255, -1), RangeError);
  assertThrows(() => (made.fields as { none?: number }).none = 1, TypeError);
  assertEquals(made.read(), FULL);
  assertThrows(() => new SharedStruct("i32" as never), TypeError);
  assertThrows(() => new SharedStruct(undefined as never), TypeError);
  assertThrows(() => new SharedStruct(All, { ...FULL, u8: 256 }), RangeError);
  assertThrows(() => new SharedStruct(All, {} as never), TypeError);
});

Deno.test("SharedStruct refuses handles of something else, too small or of another form", () => {
  const { handle } = new SharedStruct(All);
  const attach = refusesHandles(handle, SharedStruct.from, 8 + All.size);
  assertThrows(() => attach({ kind: "Mutex" }), TypeError);
  assertThrows(() => attach({ record: [["i8", "u8"]] }), RangeError);
  assertThrows(() => attach({ record: [] }), TypeError);
  assertThrows(() => attach({ record: "i32" }), TypeError);
  assertThrows(() => attach(sliceOf(256)), RangeError);
});

Deno.test("SharedStruct.fields has the fields and nothing else", () => {
  const { fields } = new SharedStruct(All, FULL);
  const names: string[] = [];
  for (const name in fields) names.push(name);
  assertEquals(names, Object.keys(FULL));
  assertEquals({ ...fields } as object, {});
});

Deno.test("SharedStruct has its fields' types", () => {
  const made = new SharedStruct(All, FULL);
  const count: bigint = made.add("u64", 1n);
  const alive: boolean = made.fields.bool;
  assertEquals([count, alive], [2n ** 64n - 1n, true]);
  // @ts-expect-error not an integer
  assertThrows(() => made.add("f64", 1), TypeError);
  // @ts-expect-error not a boolean
  assertThrows(() => made.fields.bool = 1, TypeError);
  // @ts-expect-error no such field
  assertEquals(made.fields.none, undefined);
});

Deno.test(
  "SharedStruct: workers lose no change, and see no half of a field",
  TIMEOUT,
  async () => {
    const made = new SharedStruct(
      struct({ small: "u16", count: "u32", bits: "i64", half: "f64" }),
    );
    const rounds = 20_000;
    const workers = 3;
    const torn = await runWorkers<StructTask, StructOutcome>(
      "shared_struct_worker.ts",
      Array.from({ length: workers }, (_, k) => ({
        struct: made.handle,
        rounds,
        worker: k,
      })),
    );
    assertEquals(torn, [0, 0, 0]);
    assertEquals(made.fields.count, workers * rounds);
    assertEquals(made.fields.small, (workers * rounds) % 2 ** 16);
    assertEquals(made.fields.bits, BigInt(workers * rounds));
  },
);

Deno.test("SharedStruct.compareExchange() finds any NaN, and rounds what is expected in f32", () => {
  const nans = [0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff8000000000123n]
    .map((bits) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!);
  const made = new SharedStruct(struct({ half: "f32", whole: "f64" }));
  for (const stored of nans) {
    for (const expected of nans) {
      for (const name of ["half", "whole"] as const) {
        made.store(name, stored);
        assertEquals(made.compareExchange(name, expected, 1), NaN);
        assertEquals(made.exchange(name, stored), 1);
        assertEquals(made.compareExchange(name, expected, stored), NaN);
        assertEquals(made.compareExchange(name, expected, 2), NaN);
        assertEquals(made.load(name), 2);
      }
    }
  }
  made.store("half", 0.1);
  assertEquals(made.compareExchange("half", 0.1, 5), Math.fround(0.1));
  assertEquals(made.load("half"), 5);
});

Deno.test("SharedStruct.fields has its properties on the prototype", () => {
  const { fields } = new SharedStruct(struct({ a: "i32" }), { a: 1 });
  assertEquals(Object.keys(fields), []);
  assert("a" in fields);
});
