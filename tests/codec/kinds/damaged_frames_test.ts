import fc from "fast-check";
import { decode, decodeArguments, decodeEach } from "../../../codec/decode.ts";
import { KIND } from "../../../codec/portable_kind.ts";
import { CorruptFrameError, type Reader } from "../../../codec/reader.ts";
import * as tags from "../../../codec/tag.ts";
import { assertInstanceOf, assertThrows } from "@std/assert";
import { readWhole } from "../support.ts";
import {
  forgetNames,
  frameOf,
  OTHERS,
  restoring,
  SAMPLES,
  written,
} from "./samples.ts";

const timeout = 60_000;

/** What the frames hold: samples alone, beside each other, and inside of others. */
const FRAMES = (() => {
  const samples = [...SAMPLES.values()].flat();
  const values = [
    ...samples,
    ...OTHERS,
    [samples, OTHERS],
    new Error("x", { cause: samples }),
    new Map(samples.map((sample, k) => [sample, k])),
    [samples, samples],
  ];
  return values.map(written);
})();
const restore = restoring(FRAMES);

/** One change of a frame. */
type Change = (frame: Reader) => void;

const words = fc.oneof(
  fc.constantFrom(...Object.values(tags)),
  fc.constantFrom(...Object.values(KIND)).map((kind) =>
    (kind << 8) | tags.KIND
  ),
  fc.record({
    tag: fc.constantFrom(...Object.values(tags)),
    rest: fc.oneof(fc.nat(6), fc.nat(0xffffff)),
  }).map(({ tag, rest }) => (rest << 8) | tag),
  fc.nat(300),
  fc.constantFrom(-1, 0x7fffffff, -0x80000000, 0x7ffffffd, 0x20000000),
  fc.integer(),
);

/** A word that is another one, or words that stand somewhere else, too; or it ends. */
const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.oneof(
    fc.tuple(fc.nat(), words).map(([at, word]): Change => (frame) => {
      frame.words[at % frame.end] = word;
    }),
    fc.tuple(fc.nat(), fc.nat(), fc.nat(12)).map((
      [to, at, length],
    ): Change =>
    ({ words, end }) => {
      const start = at % end;
      words.copyWithin(to % end, start, Math.min(start + length, end));
    }),
    fc.nat().map((end): Change => (frame) => {
      frame.end = 1 + end % frame.end;
    }),
  ),
  { minLength: 1, maxLength: 4 },
);

Deno.test("decode() reads a damaged frame of any kind, or refuses it", {
  timeout,
}, () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...FRAMES),
      changes,
      fc.boolean(),
      (out, changes, isNew) => {
        for (const from of [decode, decodeArguments, decodeEach]) {
          const frame = frameOf(out);
          if (isNew) forgetNames();
          for (const change of changes) change(frame);
          try {
            readWhole(frame, from);
          } finally {
            restore();
          }
        }
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("decode() says that a shortened frame of any kind is corrupt", {
  timeout,
}, () => {
  for (const out of FRAMES) {
    for (let words = 0; words < out.length; words++) {
      const frame = frameOf(out);
      frame.end = words;
      assertInstanceOf(assertThrows(() => decode(frame)), CorruptFrameError);
      restore();
    }
  }
});
