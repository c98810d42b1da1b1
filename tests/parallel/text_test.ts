import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileSystem } from "../../parallel/sources/file_system.ts";
import { FileText } from "../../parallel/sources/file_text.ts";
import { MemoryText } from "../../parallel/sources/memory_text.ts";
import { OpenFile, plannedFile } from "../../parallel/sources/planned_file.ts";
import { StringText } from "../../parallel/sources/string_text.ts";
import type { Text, Units } from "../../parallel/sources/text.ts";

const PATH = join(tmpdir(), `kindred-text-${crypto.randomUUID()}`);
const encoder = new TextEncoder();

/** A line: a few characters, and one that is repeated as often as is decoded or read at once. */
interface Line {
  readonly start: string;
  readonly unit: string;
  readonly count: number;
  readonly end: string;
}

const line: fc.Arbitrary<Line> = fc.record({
  start: fc.oneof(
    fc.string({ maxLength: 5 }),
    fc.string({ unit: "binary", maxLength: 5 }),
  ),
  unit: fc.constantFrom("x", "é", "😀"),
  count: fc.oneof(
    { weight: 9, arbitrary: fc.constant(0) },
    {
      weight: 1,
      arbitrary: fc.tuple(
        fc.constantFrom(2 ** 13, 2 ** 16),
        fc.integer({ min: -2, max: 2 }),
      ).map(([length, more]) => length + more),
    },
  ),
  end: fc.constantFrom("\n", "\r\n", "\r", "\n\n", "\u2028", ""),
});
const lines = fc.array(line, { maxLength: 12 });

function textOf(lines: readonly Line[]): string {
  return lines.map(({ start, unit, count, end }) =>
    start + unit.repeat(count) + end
  ).join("");
}

/** Where threads could cut a text. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  maxLength: 20,
});

/** Checks that a text, cut in some places, is another one. */
function checkPieces(
  text: Text,
  cuts: readonly number[],
  expected: string,
): void {
  const edges = cuts.map((cut) => Math.round(cut * text.length));
  edges.push(0, text.length);
  edges.sort((a, b) => a - b);
  let all = "";
  for (let k = 1; k < edges.length; k++) {
    for (const block of text.blocksIn(edges[k - 1]!, edges[k]!)) {
      assert(block.length > 0 && (all === "" || all.endsWith("\n")));
      all += block;
    }
  }
  // Not by assertEquals(), which would print them.
  assert(all === expected, `${all.length} characters of ${expected.length}`);
}

function fileText(bytes: Uint8Array, longest = Infinity): FileText {
  writeFileSync(PATH, bytes);
  return new FileText({ planned: plannedFile(PATH, false), longest });
}

Deno.test("each line of a text is in one piece, wherever that is cut", () => {
  fc.assert(fc.property(lines, cuts, (lines, cuts) => {
    const text = textOf(lines);
    const string = new StringText(text);
    checkPieces(string, cuts, text);
    checkPieces(new MemoryText(string.units), cuts, text);
    const utf8 = encoder.encode(text);
    checkPieces(new MemoryText(utf8), cuts, text);
    const file = fileText(utf8);
    checkPieces(file, cuts, text);
    file.finish();
  }));
  rmSync(PATH);
});

Deno.test("each line of a text is in one piece, whatever its cuts are", () => {
  for (const text of ["", "\n", "a", "a\n", "\n\na", "ab\r\ncd", "\r\n\r\n"]) {
    const utf8 = encoder.encode(text);
    for (const source of [new StringText(text), new MemoryText(utf8)]) {
      for (let from = 0; from <= text.length; from++) {
        for (let to = from; to <= text.length; to++) {
          const cuts = [from, to].map((at) => at / (text.length || 1));
          checkPieces(source, cuts, text);
        }
      }
    }
  }
});

Deno.test("a string with lone surrogates is the same on other threads", () => {
  const text = "\ud800 a\n\udc00\n" + "\ud83d".repeat(9000) + "\n\ufffd\ufeff";
  const sent = new MemoryText(new StringText(text).units);
  checkPieces(sent, [0.5], text);
});

Deno.test("a string is sent as bytes if these are its characters, and made once", () => {
  const ascii = "a\n".repeat(40_000);
  const text = new StringText(ascii);
  assert(text.timeToSend > 0);
  const { units } = text;
  assert(units instanceof Uint8Array);
  assert(units.buffer instanceof SharedArrayBuffer);
  assertEquals([text.units === units, text.timeToSend], [true, 0]);
  assertEquals(new TextDecoder().decode(units.slice()), ascii);
  assert(new StringText(`${ascii}é`).units instanceof Uint16Array);
});

Deno.test("bytes that are not UTF-8 are what a decoder makes of the whole", () => {
  const byte = fc.constantFrom(0x0a, 0x0d, 0x41, 0x80, 0xc3, 0xa9, 0xf0, 0xff);
  fc.assert(fc.property(
    fc.array(byte, { maxLength: 40 }),
    cuts,
    (bytes, cuts) => {
      const memory = Uint8Array.from(bytes);
      const whole = new TextDecoder().decode(memory);
      checkPieces(new MemoryText(memory), cuts, whole);
    },
  ));
});

Deno.test("a piece within a line does not look for the end of the line", () => {
  let looked = 0;
  class Counting extends MemoryText {
    protected override unitsIn(from: number, to: number): Units {
      looked += to - from;
      return super.unitsIn(from, to);
    }
  }
  const text = new Counting(new Uint8Array(2 ** 20).fill(65));
  for (let k = 1; k <= 1000; k++) {
    assertEquals([...text.blocksIn(k * 1000, k * 1000 + 10)], []);
  }
  assert(looked <= 1000 * 20, `${looked} bytes`);
});

Deno.test("a file is read once, and little of it at a time", () => {
  const text = "0123456789\n".repeat(100_000);
  const file = fileText(encoder.encode(text));
  const { read } = OpenFile.prototype;
  let [most, all] = [0, 0];
  OpenFile.prototype.read = function (target, position) {
    most = Math.max(most, target.length);
    all += target.length;
    read.call(this, target, position);
  };
  try {
    for (const [pieces, times] of [[1, 1.3], [10, 1.3], [100, 2]] as const) {
      [most, all] = [0, 0];
      checkPieces(
        file,
        Array.from({ length: pieces }, (_, k) => k / pieces),
        text,
      );
      assert(most <= 2 ** 16, `${most} bytes at once`);
      assert(all < times * text.length, `${all} bytes of ${text.length}`);
    }
    // Pieces that others have taken are not read.
    all = 0;
    for (let k = 0; k < 1000; k++) {
      assertEquals([...file.blocksIn(1100 * k + 1, 1100 * k + 12)].length, 1);
    }
    assert(all < 1000 * 10_000, `${all} bytes`);
  } finally {
    OpenFile.prototype.read = read;
    file.finish();
    rmSync(PATH);
  }
});

Deno.test("a file is read to its end, and refused if that comes too early", () => {
  const text = "0123456789\n".repeat(1000);
  const file = fileText(encoder.encode(text));
  const files = fileSystem();
  const { readSync } = files;
  const from = (most: (position: number) => number) => {
    files.readSync = (file, target, offset, length, position) => {
      const count = Math.min(length, most(position));
      return readSync(file, target, offset, count, position);
    };
  };
  try {
    from(() => 1000);
    checkPieces(file, [0.5], text);
    file.close();
    from((position) => Math.max(0, 7777 - position));
    assertThrows(
      () => checkPieces(file, [], text),
      RangeError,
      "received 7777",
    );
  } finally {
    files.readSync = readSync;
    file.close();
    rmSync(PATH);
  }
});

Deno.test("a byte order mark is part of the first line, and of any other", () => {
  const text = "\ufeffa\n\ufeffb\n";
  const utf8 = encoder.encode(text);
  checkPieces(new MemoryText(utf8), [0.5], text);
  const file = fileText(utf8);
  checkPieces(file, [0.5], text);
  file.finish();
  rmSync(PATH);
});

Deno.test("a line that is too long is refused, and one that is not is none", () => {
  const longest = 2 ** 13;
  const line = "x".repeat(longest - 1);
  const text = `a\n${line}\nb\n`;
  const file = fileText(encoder.encode(text), longest);
  checkPieces(file, [0.3, 0.6], text);
  file.finish();
  for (const end of ["", "\n", "\nb\n"]) {
    const file = fileText(encoder.encode(`a\n${line}xx${end}`), longest);
    assertEquals([...file.blocksIn(0, 1)], ["a\n"]);
    assertThrows(
      () => [...file.blocksIn(1, file.length)],
      RangeError,
      "line at byte 2",
    );
    file.close();
  }
  rmSync(PATH);
});
