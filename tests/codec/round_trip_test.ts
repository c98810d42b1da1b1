import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStrictEquals,
} from "@std/assert";
import fc from "fast-check";
import {
  decode,
  decodeArguments,
  encode,
  encodeArguments,
  Writer,
} from "../../codec/mod.ts";
import {
  bigints,
  binaries,
  numbers,
  portableValues,
  texts,
  VIEWS,
} from "./portable_values.ts";
import { runProgram } from "../support/run_program.ts";
import { assertCopy } from "./same.ts";
import { copyOf, encoded, readerOf } from "./support.ts";

const MINUTE = 60_000;

Deno.test("decode() gives a copy of every value that encode() takes", {
  timeout: MINUTE,
}, () => {
  fc.assert(
    fc.property(portableValues, (value) => assertCopy(copyOf(value), value)),
    { numRuns: 500 },
  );
});

for (
  const [kind, arbitrary] of Object.entries({
    number: numbers,
    string: texts,
    bigint: bigints,
    buffer: binaries as fc.Arbitrary<unknown>,
  })
) {
  Deno.test(`decode() gives back every ${kind}`, { timeout: MINUTE }, () => {
    fc.assert(
      fc.property(arbitrary, (value) => assertCopy(copyOf(value), value)),
      { numRuns: 500 },
    );
  });
}

Deno.test(
  "decode() reads exactly what encode() wrote",
  { timeout: MINUTE },
  () => {
    fc.assert(
      fc.property(fc.array(portableValues, { maxLength: 4 }), (values) => {
        const out = new Writer();
        for (const value of values) encode(out, value, "value");
        const reader = readerOf(out);
        for (const value of values) assertCopy(decode(reader), value);
        assertStrictEquals(reader.at, reader.end);
      }),
      { numRuns: 200 },
    );
  },
);

Deno.test("decodeArguments() gives back what encodeArguments() took", {
  timeout: MINUTE,
}, () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(numbers, portableValues), { maxLength: 6 }),
      (values) => {
        const out = new Writer();
        encodeArguments(out, values);
        assertCopy(decodeArguments(readerOf(out)), values);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("encode() writes the same bytes for the same value", {
  timeout: MINUTE,
}, () => {
  fc.assert(
    fc.property(portableValues, (value) => {
      const one = encoded(value);
      const other = encoded(value);
      const copy = encoded(decode(readerOf(one)));
      const bytesOf = (out: Writer) => out.bytes.subarray(0, out.byteLength);
      assertEquals(bytesOf(other), bytesOf(one));
      assertEquals(bytesOf(copy), bytesOf(one));
    }),
    { numRuns: 300 },
  );
});

Deno.test("encode() writes from any position, into a writer of any size", {
  timeout: MINUTE,
}, () => {
  fc.assert(
    fc.property(
      portableValues,
      fc.integer({ min: 0, max: 9 }),
      fc.array(numbers, { maxLength: 9 }),
      (value, words, before) => {
        const out = new Writer(4 * words);
        for (const number of before) encode(out, number, "number");
        encode(out, value, "value");
        const reader = readerOf(out);
        for (const number of before) assertCopy(decode(reader), number);
        assertCopy(decode(reader), value);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("encode() needs one word for an integer within ±2^23, three beyond", () => {
  const lengths = [-0x800001, -0x800000, -1, 0, 1, 0x7fffff, 0x800000, -0, 0.5]
    .map((value) => encoded(value).length);
  assertEquals(lengths, [3, 1, 1, 1, 1, 1, 3, 3, 3]);
});

Deno.test("encode() needs a byte for each Latin-1 character of a short string", () => {
  const lengths = [0, 1, 4, 5, 48].map((n) => encoded("ÿ".repeat(n)).length);
  assertEquals(lengths, [1, 2, 2, 3, 13]);
});

Deno.test("decode() gives each view a buffer of its own and no more of it", () => {
  for (const View of VIEWS) {
    const buffer = new ArrayBuffer(64);
    new Uint8Array(buffer).forEach((_, k, all) => all[k] = 3 * k);
    const length = 16 / (View.BYTES_PER_ELEMENT ?? 1);
    const copy = copyOf(new View(buffer, 16, length)) as ArrayBufferView;
    assertStrictEquals(copy.constructor, View);
    assertEquals([copy.byteOffset, copy.byteLength], [0, 16]);
    assertStrictEquals(copy.buffer.byteLength, 16);
    assertEquals(
      [...new Uint8Array(copy.buffer)],
      Array.from({ length: 16 }, (_, k) => 3 * (16 + k)),
    );
  }
});

Deno.test("decode() gives bytes that do not change with the frame", () => {
  const out = encoded(Uint8Array.of(1, 2, 3));
  const reader = readerOf(out);
  const copy = decode(reader) as Uint8Array;
  reader.bytes.fill(0);
  assertEquals(copy, Uint8Array.of(1, 2, 3));
});

Deno.test("decode() gives a subclass of a view as the view that it extends", () => {
  class Mine extends Uint16Array {}
  const copy = copyOf(new Mine([1, 500]));
  assertStrictEquals(Object.getPrototypeOf(copy), Uint16Array.prototype);
  assertEquals(copy, Uint16Array.of(1, 500));
});

Deno.test("decode() gives undefined in place of the holes of an array", () => {
  // deno-lint-ignore no-sparse-arrays
  const copy = copyOf([1, , 3, ,]) as unknown[];
  assertEquals(copy.length, 4);
  assertEquals(Object.keys(copy), ["0", "1", "2", "3"]);
  assertEquals([...copy], [1, undefined, 3, undefined]);
});

Deno.test("decode() makes '__proto__' an ordinary property", {
  timeout: MINUTE,
}, async () => {
  // Deno has no accessor of this name unless it is told to.
  const { stdout, stderr } = await runProgram(
    `
    import { decode, encode, Reader, Writer } from "@kindred/kindred/codec";

    const value = JSON.parse('{ "__proto__": { "polluted": true }, "a": 1 }');
    const out = new Writer();
    encode(out, [value, Object.assign(new Error(), { p: value })], "value");
    const [copy, { p }] = decode(Reader.of(out.bytes.slice(0, out.byteLength)));
    for (const one of [copy, p]) {
      const plain = Object.getPrototypeOf(one) === Object.prototype;
      const { value } = Object.getOwnPropertyDescriptor(one, "__proto__") ?? {};
      console.log(plain, one.polluted, JSON.stringify(value), Object.keys(one));
    }
    console.log("__proto__" in {});
  `,
    { flags: ["--unsafe-proto"] },
  );
  const line = `true undefined {"polluted":true} [ "__proto__", "a" ]\n`;
  assertEquals(stdout, `${line}${line}true\n`, stderr);
});

Deno.test("decode() gives an object without prototype none", () => {
  const value = Object.assign(Object.create(null), { toString: 1 });
  const copy = copyOf(value) as object;
  assertStrictEquals(Object.getPrototypeOf(copy), null);
  assertEquals({ ...copy }, { toString: 1 } as unknown as object);
});

Deno.test("encode() leaves out symbols and hidden properties", () => {
  const value = Object.defineProperty(
    { seen: 1, [Symbol("key")]: 2 },
    "hidden",
    { value: () => {}, enumerable: false },
  );
  const copy = copyOf(value) as object;
  assertEquals(Reflect.ownKeys(copy), ["seen"]);
});

Deno.test("encode() leaves out what all objects inherit", () => {
  const all = Object.prototype as unknown as Record<string, unknown>;
  all["inherited"] = () => {};
  try {
    assertEquals(Object.keys(copyOf({ own: 1 }) as object), ["own"]);
  } finally {
    delete all["inherited"];
  }
});

Deno.test(
  "decode() gives back strings of any length",
  { timeout: MINUTE },
  () => {
    // More characters than fit into a tag word.
    const text = "x".repeat(2 ** 24 + 1);
    assert(copyOf(text) === text);
  },
);

Deno.test("decode() keeps the order of maps and sets, and their keys apart", () => {
  const map = new Map<unknown, unknown>([["1", 1], [1, "1"], [NaN, 0], [
    new Map([[[1], new Set([2])]]),
    null,
  ]]);
  assertCopy(copyOf(map), map);
  const set = new Set<unknown>(["b", "a", new Set(), 1n, 1]);
  assertCopy(copyOf(set), set);
});

Deno.test("decode() gives an invalid date as an invalid date", () => {
  const copy = copyOf(new Date(NaN));
  assertInstanceOf(copy, Date);
  assert(Number.isNaN(copy.getTime()));
});

Deno.test("encode() takes 256 levels", () => {
  let value: unknown = 7;
  for (let level = 0; level < 256; level++) value = [value];
  let copy = copyOf(value);
  let levels = 0;
  for (; Array.isArray(copy); levels++) copy = copy[0];
  assertEquals([levels, copy], [256, 7]);
});
