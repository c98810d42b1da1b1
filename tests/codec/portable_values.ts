/**
 * Arbitrary portable values.
 *
 * @module
 */

import fc from "fast-check";

/** Numbers, many of them where the encoding changes. */
export const numbers: fc.Arbitrary<number> = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.integer({ min: -0x800002, max: -0x7ffffe }),
  fc.integer({ min: 0x7ffffd, max: 0x800001 }),
  fc.constantFrom(
    0,
    -0,
    NaN,
    Infinity,
    -Infinity,
    2 ** 31,
    -(2 ** 31),
    2 ** 32,
    2 ** 53 - 1,
    -(2 ** 53),
    Number.MIN_VALUE,
    Number.EPSILON,
  ),
);

/** Strings of one kind of code units, some as long as a short one can be. */
function textOf(units: fc.Arbitrary<number>): fc.Arbitrary<string> {
  return fc.oneof(
    fc.array(units, { maxLength: 12 }),
    fc.array(units, { minLength: 46, maxLength: 82, size: "max" }),
  ).map((codes) => String.fromCharCode(...codes));
}

/** Strings: ASCII, Latin-1, any text, and code units that are no text. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  textOf(fc.integer({ min: 0, max: 0x7f })),
  textOf(fc.integer({ min: 0xf0, max: 0x110 })),
  textOf(fc.integer({ min: 0xd7fe, max: 0xe001 })),
  textOf(fc.integer({ min: 0, max: 0xffff })),
  fc.string({ unit: "binary", maxLength: 60 }),
  fc.constantFrom(
    "",
    "\0",
    "\ufeff",
    "\ufeff" + "x".repeat(60),
    "\ud83d\ude00",
    "\ud83d",
    "\ude00\ud83d",
    "__proto__",
    "constructor",
  ),
  fc.record({
    piece: fc.constantFrom("a", "é", "€", "\u{1f600}", "\ud800"),
    times: fc.integer({ min: 20, max: 3000 }),
  }).map(({ piece, times }) => piece.repeat(times)),
);

/** Integers of any length, many of them where a word more is needed. */
export const bigints: fc.Arbitrary<bigint> = fc.oneof(
  fc.bigInt(),
  fc.record({
    power: fc.constantFrom(0n, 31n, 32n, 33n, 63n, 64n, 65n, 256n),
    off: fc.constantFrom(-1n, 0n, 1n),
    sign: fc.constantFrom(-1n, 1n),
  }).map(({ power, off, sign }) => sign * ((1n << power) + off)),
);

/** A class of views. */
export interface ViewClass {
  new (
    buffer: ArrayBuffer,
    byteOffset: number,
    length: number,
  ): ArrayBufferView;
  /** The size of an element; a DataView has none. */
  readonly BYTES_PER_ELEMENT?: number;
}

/** All classes of views. */
export const VIEWS: readonly ViewClass[] = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  Float16Array,
  Float32Array,
  Float64Array,
  DataView,
];

/** Buffers, and views on all of a buffer or a part of it. */
export const binaries: fc.Arbitrary<ArrayBuffer | ArrayBufferView> = fc.record({
  data: fc.uint8Array({ maxLength: 96 }),
  type: fc.constantFrom(undefined, ...VIEWS),
  before: fc.nat(4),
  after: fc.nat(4),
}).map(({ data, type, before, after }) => {
  const { buffer } = new Uint8Array(data);
  if (type === undefined) return buffer;
  const { BYTES_PER_ELEMENT: size = 1 } = type;
  const whole = Math.floor(data.length / size);
  const start = Math.min(before, whole);
  const length = Math.max(0, whole - start - after);
  return new type(buffer, start * size, length);
});

const dates = fc.date({ noInvalidDate: false });

const leaves = fc.oneof(
  numbers,
  texts,
  bigints,
  dates,
  binaries,
  fc.boolean(),
  fc.constant(undefined),
  fc.constant(null),
);

interface Values {
  any: unknown;
  object: object;
  error: Error;
}

const values: fc.LetrecValue<Values> = fc.letrec<Values>((tie) => ({
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaves,
    tie("object"),
    fc.array(tie("any"), { maxLength: 5 }),
    fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 4 })
      .map((pairs) => new Map(pairs)),
    fc.array(tie("any"), { maxLength: 5 }).map((items) => new Set(items)),
    tie("error"),
  ),
  object: fc.record({
    bare: fc.boolean(),
    entries: fc.array(fc.tuple(texts, tie("any")), { maxLength: 5 }),
  }).map(({ bare, entries }) => {
    const object = Object.fromEntries(entries);
    return bare
      ? Object.create(null, Object.getOwnPropertyDescriptors(object))
      : object;
  }),
  error: fc.record({
    make: fc.constantFrom(
      (message: string) => new Error(message),
      (message: string) => new EvalError(message),
      (message: string) => new RangeError(message),
      (message: string) => new ReferenceError(message),
      (message: string) => new SyntaxError(message),
      (message: string) => new TypeError(message),
      (message: string) => new URIError(message),
      (message: string) => new AggregateError([], message),
      (message: string) => new DOMException(message, "AbortError"),
      (message: string) => new DOMException(message, "Own"),
    ),
    message: texts,
    cause: fc.option(fc.record({ value: tie("any") })),
    errors: fc.array(tie("any"), { maxLength: 3 }),
    code: fc.option(tie("any")),
  }).map(({ make, message, cause, errors, code }) => {
    const error = make(message);
    const set = (key: string, value: unknown) =>
      Object.defineProperty(error, key, {
        value,
        configurable: true,
        enumerable: key === "code" && !(error instanceof DOMException),
        writable: true,
      });
    if (cause !== null) set("cause", cause.value);
    if (error instanceof AggregateError) set("errors", errors);
    if (code !== null && !(error instanceof DOMException)) set("code", code);
    return error;
  }),
}));

/** Everything that may cross without shared memory. */
export const portableValues: fc.Arbitrary<unknown> = values.any;
