import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  decode,
  encode,
  encodeArguments,
  move,
  portableCodec,
  type Reader,
  Writer,
} from "../../codec/mod.ts";
import { transferHere } from "../../codec/transfer_here.ts";
import * as tags from "../../codec/tag.ts";
import { VIEWS } from "./portable_values.ts";
import { assertCopy } from "./same.ts";
import { assertCorrupt, copyOf, frameOf, readerOf } from "./support.ts";

/** A writer of a frame that may have attachments. */
function newFrame(): Writer {
  const out = new Writer();
  out.clear();
  return out;
}

/** What arrives of a frame: what it moves is moved. */
function arrival(out: Writer): Reader {
  const reader = readerOf(out);
  reader.moved = transferHere(out.moved!);
  out.sent();
  return reader;
}

function moved(value: unknown): unknown {
  const out = newFrame();
  encode(out, value, "value");
  return decode(arrival(out));
}

Deno.test("move() gives the value back, and nothing has happened to it yet", () => {
  const bytes = new Uint8Array([1]);
  assertStrictEquals(move(bytes), bytes);
  assertEquals(bytes.length, 1);
});

Deno.test("a buffer that is moved is detached here and has its content there (property)", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom(undefined, ...VIEWS),
      fc.nat(4),
      fc.nat(4),
      (data, type, before, after) => {
        const { buffer } = new Uint8Array(data);
        const size = type?.BYTES_PER_ELEMENT ?? 1;
        const whole = Math.floor(data.length / size);
        const start = Math.min(before, whole);
        const length = Math.max(0, whole - start - after);
        const value = type === undefined
          ? buffer
          : new type(buffer, start * size, length);
        const copy = moved({ value: [move(value)] }) as {
          value: [typeof value];
        };
        assert(buffer.detached);
        const [there] = copy.value;
        assertEquals(there.constructor, value.constructor);
        assertEquals(
          new Uint8Array("buffer" in there ? there.buffer : there),
          data,
        );
        if (!("buffer" in there)) return;
        assertEquals(there.byteOffset, start * size);
        assertEquals(there.byteLength, length * size);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("views that are moved together stay on one buffer", () => {
  const { buffer } = new Uint32Array([1, 2, 3]);
  const [a, b] = [new Uint32Array(buffer, 4), new DataView(buffer, 8)];
  const [x, y, z] = moved([move(a), move(b), move(buffer)]) as [
    Uint32Array,
    DataView,
    ArrayBuffer,
  ];
  assertEquals([...x], [2, 3]);
  assertEquals(y.getUint32(0, true), 3);
  assert(x.buffer === z && y.buffer === z);
});

Deno.test("a view that is not moved is copied before its buffer is moved", () => {
  const { buffer } = new Uint8Array([1, 2, 3]);
  const copy = moved([move(buffer), new Uint8Array(buffer)]) as [
    ArrayBuffer,
    Uint8Array,
  ];
  assertEquals([copy[0].byteLength, [...copy[1]]], [3, [1, 2, 3]]);
  assert(copy[1].buffer !== copy[0]);
});

Deno.test("a resizable buffer that is moved stays resizable", () => {
  const buffer = new ArrayBuffer(4, { maxByteLength: 16 });
  const there = moved(move(buffer)) as ArrayBuffer;
  assertEquals([there.resizable, there.maxByteLength], [true, 16]);
});

Deno.test("move() refuses what cannot be moved, and what was", () => {
  for (
    const value of [
      {},
      [],
      new Map(),
      new SharedArrayBuffer(8),
      new Uint8Array(new SharedArrayBuffer(8)),
      () => {},
      1,
      "x",
      null,
      undefined,
    ]
  ) assertThrows(() => move(value as object), TypeError);
  const bytes = move(new Uint8Array(4));
  moved(bytes);
  assertThrows(() => move(bytes), TypeError);
  assertThrows(() => move(bytes.buffer), TypeError);
  assertThrows(() => moved(bytes), TypeError);
});

Deno.test("ports and streams are moved, and refused without move()", () => {
  const { port1, port2 } = new MessageChannel();
  const values = [port1, new ReadableStream(), new TransformStream()];
  for (const value of values) {
    const error = assertThrows(() => moved([value]), TypeError);
    assertStringIncludes(error.message, "[0]");
    assertStringIncludes(error.message, "move()");
  }
  const there = moved(values.map((value) => move(value))) as unknown[];
  assertInstanceOf(there[0], MessagePort);
  assertInstanceOf(there[1], ReadableStream);
  assertInstanceOf(there[2], TransformStream);
  (there[0] as MessagePort).close();
  port2.close();
});

Deno.test("a value that is refused moves nothing, and takes move() back", () => {
  const [a, b, c] = [1, 2, 3].map((length) => new Uint8Array(length));
  const out = newFrame();
  const args = [move(a!), { b: move(b!), bad: () => {} }, [move(c!)]];
  assertThrows(() => encodeArguments(out, args), TypeError);
  assertEquals([out.length, out.moved, out.buffers], [0, [], []]);
  encodeArguments(out, [a, b, c]);
  assertEquals(out.moved, []);
  assertFalse(out.hasAttachments);
});

Deno.test("a refusal takes move() back in collections of any size", () => {
  const bytes = move(new Uint8Array(3));
  const many = Array.from({ length: 300_000 }, (_, k) => k);
  const out = newFrame();
  for (const all of [new Set(many), new Map(many.map((k) => [k, k]))]) {
    assertThrows(() => encode(out, [all, bytes, () => {}], "value"), TypeError);
    encode(out, bytes, "value");
    assertEquals(out.moved, []);
    move(bytes);
  }
});

Deno.test("Writer.drop() takes move() back, too", () => {
  const bytes = new Uint8Array(3);
  const out = newFrame();
  encode(out, move(bytes), "value");
  assert(out.hasAttachments);
  out.drop();
  assertEquals([out.length, out.moved], [0, []]);
  encode(out, bytes, "value");
  assertEquals(out.moved, []);
});

Deno.test("Writer.detach() keeps a frame for later, with what it moves", () => {
  const bytes = new Uint8Array([1, 2]);
  const shared = new SharedArrayBuffer(8);
  const told: string[] = [];
  const out = newFrame();
  encode(out, [move(bytes), shared], "value");
  out.whenSent(() => told.push("sent"));
  const kept = out.detach();
  assertEquals(bytes.length, 0);
  out.clear();
  encode(out, "something else", "value");
  const [copy, buffer] = decode(arrival(kept)) as [Uint8Array, unknown];
  assertEquals([...copy], [1, 2]);
  assertStrictEquals(buffer, shared);
  assertEquals(told, ["sent"]);
});

Deno.test("Writer.detach() moves nothing if something cannot be moved", () => {
  const bytes = new Uint8Array([1, 2]);
  const { port1, port2 } = new MessageChannel();
  structuredClone(port1, { transfer: [port1] }).close();
  const out = newFrame();
  encode(out, [move(bytes), move(port1)], "value");
  assertThrows(() => out.detach());
  assertEquals(bytes.length, 2);
  port2.close();
});

Deno.test("encode() refuses what is to be moved where nothing can be", () => {
  const codec = portableCodec<unknown>();
  for (const value of [move(new Uint8Array(2)), move(new ArrayBuffer(2))]) {
    const error = assertThrows(() => codec.encode({ value }), TypeError);
    assertStringIncludes(error.message, "'value'");
    // It is not to be moved any more.
    assertEquals(codec.decode(codec.encode(value).slice()), value);
  }
  const { port1, port2 } = new MessageChannel();
  assertThrows(() => codec.encode(move(port1)), TypeError);
  port1.close();
  port2.close();
});

Deno.test("an error whose property is moved is sent with it", () => {
  const error = Object.assign(new Error("x"), {
    rest: move(new Uint8Array(3)),
  });
  const out = newFrame();
  encode(out, error, "error");
  assertEquals(out.moved!.length, 1);
  const copy = decode(arrival(out)) as typeof error;
  assertEquals([error.rest.length, copy.rest.length], [0, 3]);
});

Deno.test("decode() refuses what was not moved with the frame", () => {
  const { MOVED, MOVED_VIEW } = tags;
  const half = [0, 0x3fe00000]; // 0.5
  const one = [0, 0x3ff00000];
  const zero = [0, 0];
  const huge = [0, 0x7fe00000];
  const bad = [
    [MOVED],
    [MOVED | (1 << 8)],
    [MOVED_VIEW | (1 << 8), 1, ...zero, ...one],
    [MOVED_VIEW | (99 << 8), 0, ...zero, ...one],
    [MOVED_VIEW | (1 << 8), 0, ...zero, ...huge],
    [MOVED_VIEW | (6 << 8), 0, ...one, ...one],
    [MOVED_VIEW | (6 << 8), -1, ...zero, ...one],
    [MOVED_VIEW | (1 << 8), 0, ...zero],
  ];
  for (const words of bad) {
    const frame = frameOf(...words);
    frame.moved = words[0] === MOVED ? [] : [new ArrayBuffer(8)];
    assertCorrupt(frame);
  }
  const frame = frameOf(MOVED_VIEW | (1 << 8), 0, ...half, ...half);
  frame.moved = [new MessageChannel().port1];
  assertCorrupt(frame);
  assertThrows(() => copyOf(move(new Uint8Array(1))), TypeError);
});

Deno.test("long bytes are copied once and the copy is moved, short ones are in the frame", () => {
  const source = Uint8Array.from({ length: 64 }, (_, k) => k);
  for (const Type of VIEWS) {
    const view = new Type(source.buffer, 8, 2);
    for (const value of [view, source.buffer]) {
      const out = newFrame();
      out.aside = view.byteLength;
      encode(out, [value, value, new Uint8Array(view.byteLength - 1)], "value");
      assertEquals(out.moved!.length, 1);
      const [copy, again] = decode(arrival(out)) as [unknown, unknown];
      assertCopy(copy, value);
      assertStrictEquals(copy, again);
      const buffer = ArrayBuffer.isView(copy) ? copy.buffer : copy;
      assertEquals((buffer as ArrayBuffer).byteLength, value.byteLength);
    }
  }
  assertFalse(source.buffer.detached);
});

Deno.test("long bytes are in the frame where nothing can be moved", () => {
  const out = new Writer();
  out.aside = 8;
  encode(out, new Uint8Array(100), "value");
  assert(out.byteLength >= 100);
});
