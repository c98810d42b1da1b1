import {
  assert,
  assertEquals,
  assertFalse,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { recordTypeOf } from "../../../sync/record/record.ts";
import { struct, StructType } from "../../../sync/record/struct.ts";
import {
  accessTo,
  type Fields,
  generatedAccess,
  isOfKind,
  loopAccess,
} from "../../../sync/record/struct_access.ts";
import {
  type FieldKind,
  layOut,
  MAX_STRUCT_FIELDS,
  type StructFields,
  type StructForm,
  type StructValue,
} from "../../../sync/record/struct_layout.ts";

const SIZES: Readonly<Record<FieldKind, number>> = {
  i8: 1,
  u8: 1,
  bool: 1,
  i16: 2,
  u16: 2,
  i32: 4,
  u32: 4,
  f32: 4,
  i64: 8,
  u64: 8,
  f64: 8,
};
const KINDS = Object.keys(SIZES) as FieldKind[];

const Particle = struct({ x: "f64", id: "u32", alive: "bool", mass: "f32" });
const PARTICLE = { x: 0.1, id: 7, alive: true, mass: 0.5 };

Deno.test("struct() lays fields out as C does", () => {
  const Mixed = struct({ a: "i8", b: "f64", c: "u16", d: "bool", e: "i32" });
  assertEquals(Mixed.layout, [
    { name: "a", kind: "i8", offset: 0, size: 1 },
    { name: "b", kind: "f64", offset: 8, size: 8 },
    { name: "c", kind: "u16", offset: 16, size: 2 },
    { name: "d", kind: "bool", offset: 18, size: 1 },
    { name: "e", kind: "i32", offset: 20, size: 4 },
  ]);
  assertEquals([Mixed.size, Mixed.alignment, Mixed.width], [24, 8, 6]);
  const Byte = struct({ a: "u8" });
  assertEquals([Byte.size, Byte.alignment, Byte.width], [4, 4, 1]);
});

Deno.test("struct() aligns each field, keeps the order and wastes no more than C", () => {
  const fields = fc.array(fc.constantFrom(...KINDS), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(fc.property(fields, (kinds) => {
    const form = kinds.map((kind, k) => [`f${k}`, kind] as const);
    const { layout, size, alignment } = layOut("create struct", form);
    let end = 0;
    for (const [k, field] of layout.entries()) {
      assertEquals([field.name, field.kind], [...form[k]!]);
      assertEquals(field.size, SIZES[field.kind]);
      assertEquals(field.offset % field.size, 0);
      assert(field.offset >= end && field.offset < end + field.size);
      end = field.offset + field.size;
    }
    assertEquals(size % alignment, 0);
    assert(size >= end && size < end + alignment);
  }));
});

Deno.test("struct() refuses what are no fields", () => {
  const refused: readonly unknown[] = [
    {},
    null,
    undefined,
    7,
    { a: "i9" },
    { a: "" },
    { a: undefined },
    { a: ["i8", 3] },
    { "": "i8" },
    { "0": "i8" },
    { "a b": "i8" },
    { "a-b": "i8" },
    { "x = 1; globalThis.x": "i8" },
    { constructor: "i8" },
    { hasOwnProperty: "i8" },
    { toString: "i8" },
    Object.fromEntries([["__proto__", "i8"]]),
    new Map([["a", "i8"]]),
    ["i8"],
  ];
  for (const fields of refused) {
    assertThrows(() => struct(fields as never), TypeError);
  }
  const many = (count: number, kind: FieldKind) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, k) => [`f${k}`, kind]),
    );
  assertEquals(struct(many(MAX_STRUCT_FIELDS, "f64")).size, 2048);
  assertThrows(() => struct(many(MAX_STRUCT_FIELDS + 1, "u8")), RangeError);
});

Deno.test("struct() takes every identifier for a name", () => {
  const names = [
    "class",
    "größe",
    "$",
    "_",
    "v0",
    "into",
    "value",
    "i32",
    "x1",
  ];
  const Odd = struct(Object.fromEntries(names.map((name) => [name, "i32"])));
  const value = Object.fromEntries(names.map((name, k) => [name, k]));
  const words = new Int32Array(Odd.width);
  Odd.check("push record", value as never);
  Odd.write(words, 0, value as never);
  assertEquals(Odd.read(words, 0) as unknown, value);
});

Deno.test("StructType: its form makes it again in another thread", () => {
  const form = structuredClone(Particle.form);
  assertStrictEquals(recordTypeOf("attach", form) as unknown, Particle);
  assertStrictEquals(recordTypeOf("attach", Particle) as unknown, Particle);
  // A type that another copy of the package made.
  const foreign = { form } as never;
  assertStrictEquals(recordTypeOf("attach", foreign) as unknown, Particle);
  const Other = struct({ x: "f64", id: "i32", alive: "bool", mass: "f32" });
  assert(Other.mark !== Particle.mark);
  for (const mark of [Particle.mark, Other.mark]) {
    assertEquals([mark >>> 28, mark & 31], [4, 0]);
  }
  for (const bad of [[], [["x"]], [["x", "f65"]], ["x"], [[7, "i8"]], {}]) {
    assertThrows(() => recordTypeOf("attach", bad as never), TypeError);
  }
  const twice: StructForm = [["x", "i8"], ["x", "i8"]];
  assertThrows(() => recordTypeOf("attach", twice), TypeError);
});

const BAD: Readonly<Record<FieldKind, readonly unknown[]>> = {
  i8: [128, -129, 0.5, NaN, 1n, "1", true],
  u8: [256, -1, 0.5, undefined],
  i16: [2 ** 15, -(2 ** 15) - 1, Infinity],
  u16: [2 ** 16, -1],
  i32: [2 ** 31, -(2 ** 31) - 1, 0.5, null],
  u32: [2 ** 32, -1, 0.5, {}],
  i64: [2n ** 63n, -(2n ** 63n) - 1n, 1, "1"],
  u64: [2n ** 64n, -1n, 1, undefined],
  f32: [1n, "1", undefined, null],
  f64: [1n, "1", undefined, Symbol("x")],
  bool: [0, 1, "true", undefined, null],
};
const GOOD: Readonly<Record<FieldKind, readonly unknown[]>> = {
  i8: [-128, -1, 0, 127],
  u8: [0, 255],
  i16: [-(2 ** 15), 2 ** 15 - 1],
  u16: [0, 2 ** 16 - 1],
  i32: [-(2 ** 31), 2 ** 31 - 1],
  u32: [0, 2 ** 31, 2 ** 32 - 1],
  i64: [-(2n ** 63n), 0n, 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
  f32: [0.5, -0, NaN, Infinity, 2 ** 100],
  f64: [0.1, -0, NaN, -Infinity, 5e-324, 2 ** 53],
  bool: [true, false],
};

Deno.test("StructType.check() takes the values of each kind and names a bad field", () => {
  for (const kind of KINDS) {
    const form: StructForm = [["a", "i32"], ["b", kind], ["c", "f64"]];
    for (const make of [generatedAccess, loopAccess]) {
      const access = make(layOut("create struct", form));
      for (const value of GOOD[kind]) {
        assert(isOfKind[kind](value));
        access.draft("push record", { a: 1, b: value, c: 2 });
        assertEquals(access.make(), { a: 1, b: value, c: 2 });
      }
      const before = access.words.slice();
      for (const value of BAD[kind]) {
        assertFalse(isOfKind[kind](value));
        const error = assertThrows(() =>
          access.draft("push record", { a: 7, b: value, c: 8 })
        );
        assert(error instanceof TypeError || error instanceof RangeError);
        assertStringIncludes(error.message, "Cannot push record as 'b'");
        assertEquals(access.words, before);
      }
    }
  }
  for (const value of [null, undefined, 7, "x", () => {}, {}, []]) {
    assertThrows(
      () => Particle.check("push record", value as never),
      TypeError,
    );
  }
});

/** A struct's fields and a value of it. */
const structs = fc.array(fc.constantFrom(...KINDS), {
  minLength: 1,
  maxLength: 12,
}).chain((kinds) =>
  fc.tuple(
    fc.constant(kinds.map((kind, k) => [`f${k}`, kind] as const)),
    fc.tuple(...kinds.map((kind) => fc.constantFrom(...GOOD[kind]))),
  )
);

Deno.test("StructType: generated code and the loop do the same", () => {
  fc.assert(fc.property(structs, ([form, values]) => {
    const layout = layOut("create struct", form);
    const generated = generatedAccess(layout);
    const loop = loopAccess(layout);
    const value = Object.fromEntries(
      form.map(([name], k) => [name, values[k]]),
    );
    generated.draft("push record", value);
    loop.draft("push record", value);
    assertEquals(generated.words, loop.words);
    assertEquals(generated.make(), value);
    assertEquals(loop.make(), value);
    const [one, two]: Fields[] = [{}, {}];
    assertStrictEquals(generated.assign(one!), one);
    assertStrictEquals(loop.assign(two!), two);
    assertEquals([one, two], [value, value]);
  }));
});

Deno.test("StructType: every NaN has the same bits in words", () => {
  const layout = layOut("create struct", [["half", "f32"], ["whole", "f64"]]);
  const nans = [0x7ff8000000000000n, 0xfff8000000000000n, 0x7ff8000000000123n]
    .map((bits) => new Float64Array(BigUint64Array.of(bits).buffer)[0]!);
  const words = new Set<string>();
  for (const access of [generatedAccess(layout), loopAccess(layout)]) {
    // Until it is compiled: the interpreter has one NaN only.
    for (let k = 0; k < 60_000; k++) {
      const nan = nans[k % nans.length]!;
      access.draft("push record", { half: nan, whole: nan });
      if (k < 3 || k > 59_990) words.add(access.words.join());
    }
    assertEquals(access.make(), { half: NaN, whole: NaN });
  }
  assertEquals(words.size, 1);
});

Deno.test("StructType: where no code may be generated, the loop is taken", () => {
  const { Function: original } = globalThis;
  const layout = layOut("create struct", Particle.form);
  try {
    globalThis.Function = class {
      constructor() {
        throw new EvalError("Refused");
      }
    } as never;
    const access = accessTo(layout);
    access.draft("push record", PARTICLE);
    assertEquals(access.make(), PARTICLE);
    assertEquals(access.draft.toString(), loopAccess(layout).draft.toString());
  } finally {
    globalThis.Function = original;
  }
});

Deno.test("StructType.write() and read() keep a value in words, wherever it stands", () => {
  const words = new Int32Array(3 * Particle.width).fill(-1);
  const at = Particle.width;
  Particle.check("push record", PARTICLE);
  Particle.write(words, at, PARTICLE);
  assertEquals(Particle.read(words, at), PARTICLE);
  const into = { x: 0, id: 0, alive: false, mass: 0, more: "stays" };
  assertStrictEquals(Particle.read(words, at, into) as unknown, into);
  assertEquals(into as unknown, { ...PARTICLE, more: "stays" });
  assertEquals([words[at - 1], words[2 * at]], [-1, -1]);
  // Bytes between fields are zero: a value has one form in memory.
  const Padded = struct({ a: "u8", b: "f64" });
  const padded = new Int32Array(Padded.width).fill(-1);
  Padded.check("push record", { a: 1, b: 0 });
  Padded.write(padded, 0, { a: 1, b: 0 });
  assertEquals([...padded], [1, 0, 0, 0]);
});

Deno.test("StructType.write() checks a value that was not checked just before", () => {
  const words = new Int32Array(Particle.width);
  const other = { ...PARTICLE, id: 8 };
  Particle.check("push record", PARTICLE);
  Particle.write(words, 0, other);
  assertEquals(Particle.read(words, 0).id, 8);
  Particle.check("push record", PARTICLE);
  Particle.fetch(words, 0);
  Particle.write(words, 0, PARTICLE);
  assertEquals(Particle.read(words, 0).id, 7);
  assertThrows(
    () => Particle.write(words, 0, { ...other, id: -1 }),
    RangeError,
  );
  assertEquals(Particle.read(words, 0).id, 7);
});

Deno.test("StructType.swap() leaves the one and returns the other one", () => {
  const words = new Int32Array(Particle.width);
  Particle.write(words, 0, PARTICLE);
  const other = { ...PARTICLE, id: 8, alive: false };
  Particle.check("push record", other);
  Particle.swap(words, 0, other);
  assertEquals(Particle.take(), PARTICLE);
  assertEquals(Particle.read(words, 0), other);
});

Deno.test("StructType: getters and setters may use the same type", () => {
  const words = new Int32Array(Particle.width);
  const nested = new Int32Array(Particle.width);
  const value = {
    ...PARTICLE,
    get mass() {
      Particle.check("push record", { ...PARTICLE, id: 99 });
      Particle.write(nested, 0, { ...PARTICLE, id: 99 });
      return 0.25;
    },
  };
  Particle.check("push record", value);
  Particle.write(words, 0, value);
  assertEquals(Particle.read(words, 0), { ...PARTICLE, mass: 0.25 });
  assertEquals(Particle.read(nested, 0).id, 99);
  const into = {
    ...PARTICLE,
    get x() {
      return 0;
    },
    set x(_) {
      Particle.read(nested, 0);
    },
  };
  assertEquals(Particle.read(words, 0, into).id, 7);
});

Deno.test("StructType: what a getter throws leaves everything as it was", () => {
  const words = new Int32Array(Particle.width);
  Particle.write(words, 0, PARTICLE);
  const value = {
    ...PARTICLE,
    get mass(): number {
      throw new Error("no");
    },
  };
  assertThrows(() => Particle.check("push record", value), Error, "no");
  assertEquals(Particle.read(words, 0), PARTICLE);
});

Deno.test("struct() has its values' type from the fields", () => {
  type Value = StructValue<
    { x: "f64"; id: "u32"; alive: "bool"; mass: "f32" }
  >;
  const value: Value = PARTICLE;
  const name: string = Particle.layout[0]!.name;
  assertEquals([value.id, name], [7, "x"]);
  const type: StructType<StructFields> = Particle as never;
  assert(type instanceof StructType);
  // @ts-expect-error a field that is not there
  assertEquals(Particle.read(new Int32Array(Particle.width), 0).y, undefined);
  // @ts-expect-error a kind that is not there
  assertThrows(() => struct({ a: "f16" }), TypeError);
  // @ts-expect-error another type of value
  assertThrows(() => Particle.check("push record", { x: "0" }), TypeError);
  const big = struct({ count: "i64" }).read(new Int32Array(2), 0);
  const count: bigint = big.count;
  assertEquals(count, 0n);
});
