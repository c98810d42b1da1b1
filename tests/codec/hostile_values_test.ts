import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { encode, Reader, Writer } from "../../codec/mod.ts";
import * as tags from "../../codec/tag.ts";
import { Barrier } from "../../sync/mod.ts";
import {
  assertCorrupt,
  copiesOf,
  copyOf,
  encoded,
  frameOf,
  readerOf,
} from "./support.ts";
import { runProgram } from "../support/run_program.ts";

Deno.test("encode() ends with errors that contain each other twice", {
  timeout: 30_000,
}, async () => {
  // In a program of its own: without an end it would eat all memory.
  const { code, stderr } = await runProgram(
    `
    import { encode, Writer } from "@kindred/kindred/codec";
    const all = new AggregateError([], "all");
    all.errors = [new Error("x", { cause: all }), new Error("y", { cause: all })];
    encode(new Writer(), all, "error");
  `,
    { timeout: 20_000 },
  );
  assertEquals(code, 0, stderr);
});

Deno.test("decode() says that a frame nested too deeply is corrupt", () => {
  const words = new Int32Array(400_000);
  for (let k = 0; k < words.length; k += 2) words.set([tags.ARRAY, 1], k);
  assertCorrupt(Reader.of(new Uint8Array(words.buffer)));
});

Deno.test("decode() says that an error is corrupt whose name is no text", () => {
  assertCorrupt(
    frameOf(tags.ERROR, tags.BARE_OBJECT, 0, tags.LATIN1, tags.LATIN1),
  );
});

Deno.test("decode() says that a shared object is corrupt that cannot be attached", () => {
  const frame = frameOf(tags.SHARED_OBJECT, 0, 0, 0, tags.OBJECT, 0);
  frame.buffers = [new SharedArrayBuffer(4096)];
  assertCorrupt(frame);
});

Deno.test("decode() refuses a barrier with a number of parties that it does not have", () => {
  const out = encoded(new Barrier(2), { shared: true });
  out
    .words[
      out.words.subarray(0, out.length).lastIndexOf((2 << 8) | tags.SMALL)
    ] = (-9 << 8) | tags.SMALL;
  assertCorrupt(readerOf(out));
});

Deno.test("encode() does not mix up values when a getter changes a collection", () => {
  const list: unknown[] = [{
    get x() {
      list.push("late");
      return 1;
    },
  }];
  assertEquals((copyOf([list, "after"]) as unknown[])[1], "after");
});

Deno.test("encodeArguments() does not mix up arguments when a getter changes a collection", () => {
  const map = new Map<unknown, unknown>();
  map.set(1, {
    get x() {
      map.set(2, 3);
      return 1;
    },
  });
  const [copy, second] = copiesOf([map, "second"]);
  assertEquals([(copy as typeof map).has(1), second], [true, "second"]);
});

Deno.test("encode() writes no corrupt frame when a getter shrinks a collection", () => {
  const set = new Set<unknown>([{
    get x() {
      set.delete(2);
      return 1;
    },
  }, 2]);
  const [copy, after] = copyOf([set, "after"]) as [Set<unknown>, string];
  assertEquals([[...copy], after], [[{ x: 1 }], "after"]);
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

Deno.test("encode() sends an error although its name is no text", () => {
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
