import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  CorruptFrameError,
  decode,
  decodeArguments,
  encode,
  encodeArguments,
  Reader,
  Writer,
} from "../../codec/mod.ts";
import * as tags from "../../codec/tag.ts";
import { Barrier } from "../../sync/mod.ts";
import { copyOf, encoded, frameOf, readerOf } from "./support.ts";
import { runProgram } from "../support/run_program.ts";

Deno.test("encode() ends with errors that contain each other twice", {
  timeout: 30_000,
}, async () => {
  // Own program: it never ends and eats all memory.
  await runProgram(
    `
    import { encode, Writer } from "@kindred/kindred/codec";
    const all = new AggregateError([], "all");
    all.errors = [new Error("x", { cause: all }), new Error("y", { cause: all })];
    encode(new Writer(), all, "error");
  `,
    { timeout: 1500 },
  );
});

Deno.test("decode() says that a frame nested too deeply is corrupt", () => {
  const words = new Int32Array(400_000);
  for (let k = 0; k < words.length; k += 2) words.set([tags.ARRAY, 1], k);
  assertThrows(
    () => decode(Reader.of(new Uint8Array(words.buffer))),
    CorruptFrameError,
  );
});

Deno.test("decode() says that an error is corrupt whose name is no text", () => {
  assertThrows(
    () =>
      decode(
        frameOf(tags.ERROR, tags.BARE_OBJECT, 0, tags.LATIN1, tags.LATIN1),
      ),
    CorruptFrameError,
  );
});

Deno.test("decode() says that a shared object is corrupt that cannot be attached", () => {
  const frame = frameOf(tags.SHARED_OBJECT, 0, 0, 0, tags.OBJECT, 0);
  frame.buffers = [new SharedArrayBuffer(4096)];
  assertThrows(() => decode(frame), CorruptFrameError);
});

Deno.test("decode() refuses a barrier with a number of parties that it does not have", () => {
  const out = encoded(new Barrier(2), { shared: true });
  out
    .words[
      out.words.subarray(0, out.length).lastIndexOf((2 << 8) | tags.SMALL)
    ] = (-9 << 8) | tags.SMALL;
  assertThrows(() => decode(readerOf(out)), CorruptFrameError);
});

Deno.test(
  "decode() reads random tags of all kinds or says that they are corrupt",
  { timeout: 60_000 },
  () => {
    const known = Object.values(tags);
    const words = fc.oneof(
      fc.constantFrom(...known),
      fc.nat(4),
      fc.record({ tag: fc.constantFrom(...known), rest: fc.nat(20) }).map((
        { tag, rest },
      ) => (rest << 8) | tag),
      fc.integer(),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40, size: "max" }), (frame) => {
        for (const from of [decode, decodeArguments]) {
          const reader = frameOf(...frame);
          reader.buffers = [new SharedArrayBuffer(4096)];
          try {
            from(reader);
          } catch (error) {
            if (!(error instanceof CorruptFrameError)) throw error;
          }
        }
      }),
      { numRuns: 20_000 },
    );
  },
);

Deno.test("encode() does not mix up values when a getter changes a collection", () => {
  const list: unknown[] = [{
    get x() {
      list.push("late");
      return 1;
    },
  }];
  assertEquals((copyOf([list, "after"]) as unknown[])[1], "after");
});

Deno.test("... nor the arguments of a call", () => {
  const map = new Map<unknown, unknown>();
  map.set(1, {
    get x() {
      map.set(2, 3);
      return 1;
    },
  });
  const out = new Writer();
  encodeArguments(out, [map, "second"]);
  assertEquals(decodeArguments(readerOf(out)).length, 2);
});

Deno.test("C7c ... and writes no corrupt frame when one shrinks", () => {
  const set = new Set<unknown>([{
    get x() {
      set.delete(2);
      return 1;
    },
  }, 2]);
  copyOf(set);
});

Deno.test("encode() sends the errors that it can of an AggregateError", () => {
  const copy = copyOf(
    new AggregateError([new TypeError("a"), () => 1], "m"),
  ) as AggregateError;
  assert(Array.isArray(copy.errors), `errors: ${JSON.stringify(copy.errors)}`);
  assertInstanceOf(copy.errors[0], TypeError);
});

Deno.test("encode() sends the properties of an error that it can", () => {
  const copy = copyOf(
    Object.assign(new Error("x"), { code: "E42", url: new URL("http://a") }),
  ) as Error & { code: string };
  assertEquals(copy.code, "E42");
});

Deno.test("encode() sends an error although a property throws", () => {
  const error = Object.defineProperty(new Error("the reason"), "p", {
    enumerable: true,
    get() {
      throw new Error("getter");
    },
  });
  assertEquals((copyOf(error) as Error).message, "the reason");
});

Deno.test("... although its name is no text", () => {
  assertEquals(
    (copyOf(
      Object.assign(new Error("the reason"), { name: Object.create(null) }),
    ) as Error).message,
    "the reason",
  );
});

Deno.test("encode() sends both errors of a SuppressedError", () => {
  const copy = copyOf(
    new SuppressedError(new Error("a"), new Error("b"), "m"),
  ) as SuppressedError;
  assertInstanceOf(copy.error, Error);
  assertInstanceOf(copy.suppressed, Error);
});

Deno.test("encode() refuses a date, error or view that is too deep, with its path", () => {
  for (const leaf of [new Date(0), new Error("x"), new Uint8Array(1)]) {
    let value: unknown = leaf;
    for (let k = 0; k < 256; k++) value = [value];
    assertStringIncludes(
      assertThrows(() => copyOf(value), TypeError).message,
      "[0][0]",
    );
  }
});

Deno.test("encode() refuses detached bytes with their path", () => {
  const view = new Uint16Array(4);
  structuredClone(view, { transfer: [view.buffer] });
  assertStringIncludes(
    assertThrows(() => copyOf({ a: { view } }), TypeError).message,
    "a.view",
  );
});

Deno.test("encode() writes nothing of what the writer held before", () => {
  const out = new Writer();
  encode(out, "secret!!", "value");
  out.length = 0;
  encode(out, "x", "value");
  assertEquals([...out.bytes.slice(0, out.byteLength)], [
    ...encoded("x").bytes.slice(0, 8),
  ]);
});
// By any way but a linear one this takes minutes.
Deno.test("encode() and decode() take bigints of millions of digits", {
  timeout: 20_000,
}, () => {
  const value = -((1n << 8_000_000n) + 12345n);
  assert(copyOf(value) === value);
});
