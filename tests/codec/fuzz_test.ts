import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { decode, decodeArguments, Reader } from "../../codec/mod.ts";
import { damage, damages } from "./damage.ts";
import { portableValues } from "./portable_values.ts";
import { assertCorrupt, encoded, frameOf, readWhole } from "./support.ts";
import * as tags from "../../codec/tag.ts";

const MINUTE = 60_000;

/** Reads a frame that may be corrupt. */
function read(bytes: Uint8Array): void {
  for (const from of [decode, decodeArguments]) {
    readWhole(Reader.of(bytes), from);
  }
}

Deno.test("decode() reads random bytes or says that they are corrupt", {
  timeout: MINUTE,
}, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 128, size: "max" }), read),
    { numRuns: 3000 },
  );
});

Deno.test(
  "decode() reads random tags of all kinds or says that they are corrupt",
  { timeout: MINUTE },
  () => {
    const known = Object.values(tags);
    const words = fc.oneof(
      fc.constantFrom(...known),
      fc.nat(4),
      fc.record({ tag: fc.constantFrom(...known), rest: fc.nat(20) })
        .map(({ tag, rest }) => (rest << 8) | tag),
      fc.integer(),
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40, size: "max" }), (frame) => {
        for (const from of [decode, decodeArguments]) {
          for (const buffers of [[], [new SharedArrayBuffer(4096)]]) {
            const reader = frameOf(...frame);
            reader.buffers = buffers;
            readWhole(reader, from);
          }
        }
      }),
      { numRuns: 10_000 },
    );
  },
);

Deno.test("decode() reads a damaged frame or says that it is corrupt", {
  timeout: MINUTE,
}, () => {
  fc.assert(
    fc.property(
      portableValues,
      damages,
      (value, changes) => {
        const out = encoded(value);
        const bytes = out.bytes.slice(0, out.byteLength);
        damage(bytes, changes);
        read(bytes);
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("decode() says that every shortened frame is corrupt", {
  timeout: MINUTE,
}, () => {
  fc.assert(
    fc.property(portableValues, fc.nat(), (value, cut) => {
      const out = encoded(value);
      const words = cut % out.length;
      assertCorrupt(Reader.of(out.bytes.slice(0, 4 * words)));
    }),
    { numRuns: 500 },
  );
});

Deno.test(
  "decode() believes no length beyond the frame",
  { timeout: MINUTE },
  () => {
    const { UTF8, UTF16, ARRAY, OBJECT, BARE_OBJECT, MAP, SET, BYTES, BIGINT } =
      tags;
    const lengths = [
      9,
      0xffff,
      0x10000000,
      0x20000000,
      0x40000000,
      0x7ffffffc,
      0x7ffffffd,
      0x7fffffff,
      0x80000000,
      0xfffffffd,
      0xffffffff,
    ];
    for (
      const tag of [
        UTF8,
        UTF16,
        ARRAY,
        OBJECT,
        BARE_OBJECT,
        MAP,
        SET,
        BYTES,
        BYTES | (12 << 8),
        BIGINT,
      ]
    ) {
      for (const length of lengths) {
        assertCorrupt(frameOf(tag, length, 0));
      }
    }
    assertCorrupt(frameOf(tags.LATIN1 | (0xffffff << 8), 0));
  },
);

Deno.test("decode() says what it does not know", () => {
  for (
    const frame of [
      frameOf(tags.MOVED),
      frameOf(tags.GRAPH + 1),
      frameOf(255),
      frameOf(tags.BYTES | (14 << 8), 0),
      frameOf(tags.SHARED_BUFFER),
      frameOf(tags.SHARED_OBJECT | (99 << 8), 0),
      frameOf(tags.OBJECT, 1, tags.NULL, tags.NULL),
      frameOf(),
    ]
  ) assertCorrupt(frame);
  const unknownClass = frameOf(
    tags.SHARED_OBJECT | (99 << 8),
    0,
    0,
    0,
    tags.OBJECT,
    0,
  );
  unknownClass.buffers = [new SharedArrayBuffer(256)];
  assertCorrupt(unknownClass);
});

Deno.test("decode() says that bytes are corrupt that no view of the class fits", () => {
  const float64 = tags.BYTES | (12 << 8);
  assertCorrupt(frameOf(float64, 7, 0, 0));
  assertEquals(decode(frameOf(float64, 8, 0, 0)), Float64Array.of(0));
});

Deno.test("decode() says that text is corrupt that is not UTF-8", () => {
  assertCorrupt(frameOf(tags.UTF8, 1, 0xff));
  assertCorrupt(frameOf(tags.UTF8, 2, 0x80c0));
});
