import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { aware, closure, Unaware } from "../../aware/mod.ts";
import {
  CorruptFrameError,
  decode,
  decodeArguments,
  MissingExportsError,
  Reader,
} from "../../codec/mod.ts";
import { decodeEach } from "../../codec/decode.ts";
import { encodeEach } from "../../codec/encode.ts";
import { Writer } from "../../codec/mod.ts";
import * as tags from "../../codec/tag.ts";
import { damage, damages } from "../codec/damage.ts";
import {
  assertCorrupt,
  encoded,
  frameOf,
  readerOf,
  readWhole,
} from "../codec/support.ts";
import "../../workers/functions/function_values.ts"; // so that functions can be received

const timeout = 60_000;

class Any {
  declare readonly "~sendable": true;
  a: unknown = 1;
  b: unknown = "x";
  relocated(): void {}
  static {
    aware(import.meta.url, Any);
  }
}

class Made {
  declare readonly "~sendable": true;
  a: unknown;
  constructor(a: unknown) {
    this.a = a;
  }
  static {
    aware(import.meta.url, Made, {
      take: ({ a }) => a as number,
      make: (a) => new Made(a),
    });
  }
}

const VALUES: readonly unknown[] = [
  new Any(),
  [new Made([new Any()]), new Unaware(new Any())],
  new Map([[new Any(), closure([new Any()], (data) => data.length)]]),
  (() => {
    const any = new Any();
    any.a = [any, new Made(1)];
    return any;
  })(),
];

Deno.test(
  "decode() reads a damaged frame with instances or says that it is corrupt",
  {
    timeout,
  },
  () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...VALUES),
        damages,
        (value, changes) => {
          const out = encoded(value);
          const bytes = out.bytes.slice(0, out.byteLength);
          damage(bytes, changes);
          for (const from of [decode, decodeArguments, decodeEach]) {
            readWhole(Reader.of(bytes.slice()), from);
          }
        },
      ),
      { numRuns: 3000 },
    );
  },
);

Deno.test(
  "decode() says that every shortened frame with instances is corrupt",
  {
    timeout,
  },
  () => {
    for (const value of VALUES) {
      const out = encoded(value);
      for (let words = 0; words < out.length; words++) {
        assertCorrupt(Reader.of(out.bytes.slice(0, 4 * words)));
      }
    }
  },
);

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
