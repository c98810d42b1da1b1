import { assertInstanceOf, assertLessOrEqual } from "@std/assert";
import fc from "fast-check";
import { decode, decodeArguments, Reader } from "../../codec/mod.ts";
import * as tags from "../../codec/tag.ts";
import { sharedSamples } from "./shared_samples.ts";
import { assertCorrupt, encoded, frameOf, readWhole } from "./support.ts";

const MINUTE = 60_000;

/** Words that look like those of a frame, more than random ones would. */
const words = fc.oneof(
  fc.constantFrom(...Object.values(tags)),
  fc.nat(6),
  fc.record({
    tag: fc.constantFrom(...Object.values(tags)),
    rest: fc.oneof(fc.nat(20), fc.nat(0xffffff)),
  }).map(({ tag, rest }) => (rest << 8) | tag),
  fc.constantFrom(-1, 0x7fffffff, -0x80000000, 0x7ffffffd, 0x20000000),
  fc.integer(),
);

/** How large a value is: objects, entries, characters and bytes, each of them once. */
function sizeOf(value: unknown, seen: Set<unknown> = new Set()): number {
  if (typeof value === "string") return value.length;
  if (typeof value === "bigint") return value.toString(16).length;
  if (typeof value !== "object" || value === null || seen.has(value)) return 1;
  seen.add(value);
  if (value instanceof ArrayBuffer) return value.byteLength;
  if (ArrayBuffer.isView(value)) return sizeOf(value.buffer, seen);
  const parts = value instanceof Map
    ? [...value].flat(1)
    : value instanceof Set
    ? [...value]
    : value instanceof Error
    ? [
      value.name,
      value.message,
      value.stack,
      value.cause,
      ...Object.values(value),
    ]
    : Object.entries(value).flat(1);
  return parts.reduce<number>((sum, part) => sum + 1 + sizeOf(part, seen), 1);
}

Deno.test(
  "decode() makes no more of a frame than its length allows (property)",
  {
    timeout: MINUTE,
  },
  () => {
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 60, size: "max" }),
        fc.boolean(),
        (frame, isGraph) => {
          const all = isGraph ? [tags.GRAPH, ...frame] : frame;
          for (const from of [decode, decodeArguments]) {
            const reader = frameOf(...all);
            const value = readWhole(reader, from);
            // A stack is made for an error that has none.
            assertLessOrEqual(sizeOf(value), 64 + 16 * all.length);
          }
        },
      ),
      { numRuns: 10_000 },
    );
  },
);

Deno.test(
  "decode() attaches to no memory but what came with the frame (property)",
  {
    timeout: MINUTE,
  },
  () => {
    const objects = sharedSamples();
    fc.assert(
      fc.property(
        fc.constantFrom(...objects),
        fc.array(fc.record({ at: fc.nat(), word: words }), {
          minLength: 1,
          maxLength: 3,
        }),
        (object, changes) => {
          const out = encoded(object, { shared: true });
          const bytes = out.bytes.slice(0, out.byteLength);
          const frame = new Int32Array(bytes.buffer);
          for (const { at, word } of changes) frame[at % frame.length] = word;
          const reader = Reader.of(bytes);
          reader.buffers = out.buffers!;
          readWhole(reader, decode);
        },
      ),
      { numRuns: 5000 },
    );
  },
);

Deno.test("decode() takes nothing but a text where one has to stand", () => {
  const { ARRAY, BIGINT, ERROR, LATIN1, NULL, OBJECT } = tags;
  const PROPERTIES = 8;
  assertCorrupt(frameOf(BIGINT, NULL));
  // Otherwise each one would be part of the one before.
  assertCorrupt(frameOf(...new Array(50_000).fill(BIGINT), LATIN1));
  assertCorrupt(frameOf(OBJECT, 1, NULL, NULL));
  for (const part of [0, 1, 2]) {
    const texts = [LATIN1, LATIN1, LATIN1];
    texts[part] = NULL;
    assertCorrupt(frameOf(ERROR, ...texts));
  }
  const error = [ERROR | PROPERTIES << 8, LATIN1, LATIN1, LATIN1, 1];
  assertCorrupt(frameOf(...error, ARRAY, 0, NULL));
  assertInstanceOf(decode(frameOf(...error, LATIN1, NULL)), Error);
});
