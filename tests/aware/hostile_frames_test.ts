import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { aware, closure, type MemoryAffinity } from "../../aware/mod.ts";
import { asIfAt } from "../../aware/current_affinity.ts";
import {
  CorruptFrameError,
  decode,
  MissingExportsError,
  Reader,
} from "../../codec/mod.ts";
import { decodeEach } from "../../codec/decode.ts";
import { encodeEach } from "../../codec/encode.ts";
import { Writer } from "../../codec/mod.ts";
import * as tags from "../../codec/tag.ts";
import { assertCorrupt, encoded, frameOf, readerOf } from "../codec/support.ts";
import "../../workers/functions/function_values.ts"; // so that functions can be received

class Any {
  declare readonly "~sendable": true;
  a: unknown = 1;
  b: unknown = "x";
  relocated(): void {}
  static {
    aware(import.meta.url, Any);
  }
}

Deno.test("decode() says which exports are missing, and has read nothing then", () => {
  const out = encoded([new Any(), 1]);
  const bytes = out.bytes.slice(0, out.byteLength);
  // Another letter in the URL of the module.
  const at = new TextDecoder("latin1").decode(bytes).indexOf("hostile_frames");
  bytes[at] = "H".charCodeAt(0);
  const from = Reader.of(bytes);
  for (let k = 0; k < 2; k++) {
    const error = assertThrows(() => decode(from), MissingExportsError);
    assertEquals(error.exports.map(({ name }) => name), ["Any"]);
    assertEquals(from.at, 0);
  }
});

Deno.test("decode() refuses instances and functions without a preamble", () => {
  const { INSTANCE, PREAMBLE, UNDEFINED, ARRAY, UNAWARE } = tags;
  assertCorrupt(frameOf(INSTANCE, 0));
  assertCorrupt(frameOf(ARRAY, 1, INSTANCE | 0xffffff << 8, 0));
  assertCorrupt(frameOf(PREAMBLE, 1, UNDEFINED, INSTANCE, 0));
  assertCorrupt(frameOf(PREAMBLE, 2, UNDEFINED, UNDEFINED, 0));
  assertCorrupt(frameOf(PREAMBLE | 0x7fffff << 8, 1, UNDEFINED, UNDEFINED));
  assertCorrupt(frameOf(PREAMBLE, -1, UNDEFINED, UNDEFINED));
  assertCorrupt(frameOf(PREAMBLE, 0));
  assertCorrupt(frameOf(ARRAY, 1, PREAMBLE, 1, UNDEFINED, UNDEFINED));
  assertCorrupt(frameOf(UNAWARE));
  const nested = new Array(3000).fill(UNAWARE);
  assertCorrupt(frameOf(...nested, UNDEFINED));
});

Deno.test("decode() refuses a preamble that does not say where a value comes from", () => {
  const here = { processor: 1, node: 0, processors: 2, nodes: 1 };
  const from = (source: unknown) =>
    asIfAt(source as MemoryAffinity, () => readerOf(encoded(new Any())));
  const good = ["unknown", here, { ...here, processorId: 7, nodeId: 3 }];
  for (const source of good) assertInstanceOf(decode(from(source)), Any);
  const bad = [
    ...[null, 5, "elsewhere", [], {}],
    { ...here, processor: 2 },
    { ...here, processor: -1 },
    { ...here, node: 0.5 },
    { ...here, nodes: undefined },
    { ...here, processors: 65_536 },
    { ...here, processorId: "7" },
    { ...here, nodeId: null },
  ];
  for (const source of bad) assertCorrupt(from(source));
});

Deno.test("decode() refuses an export that is no registered class", () => {
  const out = encoded(closure(1, fn));
  const frame = readerOf(out);
  decode(frame);
  const { words, length } = out;
  // The closure becomes an instance of its function.
  const kind = [...words.subarray(0, length)].findIndex((word) =>
    (word & 0xff) === tags.KIND
  );
  words[kind] = tags.INSTANCE;
  assertThrows(() => decode(readerOf(out)), CorruptFrameError, "its class");
});

function fn(data: number): number {
  return data;
}

Deno.test("decodeEach() reads one preamble for all values, each of them by itself", () => {
  const any = new Any();
  const out = new Writer();
  encodeEach(out, [1, any, [any, any], any], "value");
  const whole = [...out.words.subarray(0, out.length)];
  const preambles = whole.filter((word) =>
    (word & 0xff) === tags.PREAMBLE && word >> 8 === 1
  );
  assertEquals(preambles.length, 1);
  const [one, first, [second, third], fourth] = decodeEach(readerOf(out)) as [
    number,
    Any,
    [Any, Any],
    Any,
  ];
  assertEquals(one, 1);
  assertEquals(new Set([first, second, fourth]).size, 3);
  assertEquals(second === third, true);
  const plain = new Writer();
  encodeEach(plain, [1, "a"], "value");
  assertEquals(decodeEach(readerOf(plain)), [1, "a"]);
});

Deno.test("encodeEach() takes back a value that it refuses, and begins anew", () => {
  const out = new Writer();
  assertThrows(
    () => encodeEach(out, [new Any(), () => {}], "value"),
    TypeError,
  );
  out.drop();
  encodeEach(out, [2], "value");
  assertEquals(
    out.words.subarray(0, out.length),
    Int32Array.of(2 << 8 | tags.SMALL),
  );
});
