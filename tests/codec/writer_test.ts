import { assertEquals, assertGreaterOrEqual, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CorruptFrameError, Reader, Writer } from "../../codec/mod.ts";
import { readerOf } from "./support.ts";

Deno.test("Writer keeps its content when it grows", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 8 }),
      fc.array(
        fc.oneof(
          fc.record({ word: fc.integer() }),
          fc.record({ double: fc.double({ noNaN: true }) }),
          fc.record({ room: fc.nat(300) }),
        ),
        { maxLength: 60 },
      ),
      (words, steps) => {
        const out = new Writer(4 * words);
        for (const step of steps) {
          if ("word" in step) out.word(step.word);
          else if ("double" in step) out.double(step.double);
          else {
            const { length } = out;
            out.reserve(step.room);
            assertEquals(out.length, length);
            assertGreaterOrEqual(out.words.length, length + step.room);
            assertEquals(out.bytes.length, 4 * out.words.length);
          }
        }
        const reader = readerOf(out);
        for (const step of steps) {
          if ("word" in step) assertEquals(reader.word(), step.word);
          if ("double" in step) {
            assertEquals(Object.is(reader.double(), step.double), true);
          }
        }
        assertEquals(reader.at, reader.end);
      },
    ),
  );
});

Deno.test("Writer grows so that n words cost a few copies", () => {
  const out = new Writer(4);
  let copies = 0;
  let { words } = out;
  for (let k = 0; k < 100_000; k++) {
    out.word(k);
    if (out.words !== words) copies++;
    words = out.words;
  }
  assertEquals(copies, 17);
});

Deno.test("Reader never reads beyond its frame", () => {
  const memory = new Uint8Array(64).fill(1);
  const reader = new Reader(memory, new Int32Array(memory.buffer));
  assertThrows(() => reader.word(), CorruptFrameError);
  reader.frame(16, 12);
  assertEquals([reader.at, reader.end], [4, 7]);
  reader.word();
  reader.double();
  assertThrows(() => reader.word(), CorruptFrameError);
  reader.frame(16, 4);
  assertThrows(() => reader.double(), CorruptFrameError);
  reader.need(1);
  assertThrows(() => reader.need(2), CorruptFrameError);
  assertThrows(() => reader.need(-1), CorruptFrameError);
});

Deno.test("Reader.of() reads bytes that start within a buffer", () => {
  const buffer = new Int32Array([9, 9, 5, 6, 9]).buffer;
  const reader = Reader.of(new Uint8Array(buffer, 8, 8));
  assertEquals([reader.word(), reader.word()], [5, 6]);
  assertThrows(() => reader.word(), CorruptFrameError);
});
