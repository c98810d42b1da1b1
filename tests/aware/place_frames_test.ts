import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  PerCore,
  PerNode,
  PerProcess,
  RegionCached,
  RegionLocal,
} from "../../aware/mod.ts";
import {
  CorruptFrameError,
  decode,
  encode,
  MissingExportsError,
  Reader,
  Writer,
} from "../../codec/mod.ts";
import { KIND } from "../../codec/portable_kind.ts";
import * as tags from "../../codec/tag.ts";
import { newCounter } from "./fixtures/cells.ts";

const timeout = 60_000;

function encoded(value: unknown): Writer {
  const out = new Writer(256);
  out.clear();
  encode(out, value, "value");
  return out;
}

function readerOf(out: Writer): Reader {
  const reader = Reader.of(out.bytes.slice(0, out.byteLength));
  reader.buffers = out.buffers!;
  return reader;
}

const VALUES = {
  PerCore: new PerCore({ value: { n: 1 } }),
  PerNode: new PerNode(newCounter),
  PerProcess: new PerProcess(newCounter),
  RegionCached: new RegionCached({ n: 1 }),
  RegionLocal: new RegionLocal({ value: 5 }),
};

Deno.test("values of places can be read from what was written of them", () => {
  const one = decode(readerOf(encoded(VALUES.PerCore))) as PerCore<object>;
  assertEquals(one.value, VALUES.PerCore.value);
  const { RegionCached: cached } = VALUES;
  assertEquals(decode(readerOf(encoded(cached))) === cached, true);
});

for (const [name, value] of Object.entries(VALUES)) {
  Deno.test(`${name}: a damaged frame is refused, or is something else`, {
    timeout,
  }, () => {
    const out = encoded(value);
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.nat(out.length - 1), fc.oneof(fc.integer(), fc.nat(300))),
          { minLength: 1, maxLength: 3 },
        ),
        fc.nat(out.length),
        (changes, end) => {
          const reader = readerOf(out);
          for (const [at, word] of changes) {
            // Other kinds have their own tests.
            if ((word & 0xff) !== tags.KIND) reader.words[at] = word;
          }
          if (end % 3 === 0) reader.end = end;
          try {
            decode(reader);
          } catch (error) {
            if (error instanceof MissingExportsError) return;
            if (!(error instanceof CorruptFrameError)) throw error;
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
}

Deno.test("frames that say something else than a value of places are refused", () => {
  const buffer = new SharedArrayBuffer(256);
  const lifetime = { id: "x", buffer, byteOffset: 0 };
  const table = {
    strategy: 0,
    lifetime,
    maker: [2, 5],
    at: undefined,
    common: undefined,
    shared: undefined,
  };
  const bad: [kind: number, sent: unknown][] = [
    ...[undefined, null, 5, {}, []].flatMap((sent) =>
      [KIND.PER_AFFINITY, KIND.REGION_CACHED, KIND.REGION_LOCAL]
        .map((kind): [number, unknown] => [kind, sent])
    ),
    ...[
      { strategy: 3 },
      { strategy: -1 },
      { strategy: "map" },
      { lifetime: undefined },
      { lifetime: { ...lifetime, id: 1 } },
      { lifetime: { ...lifetime, byteOffset: 256 } },
      { lifetime: { ...lifetime, byteOffset: 2 } },
      { lifetime: { ...lifetime, byteOffset: -4 } },
      { lifetime: { ...lifetime, buffer: new Uint8Array(8) } },
      { maker: undefined },
      { maker: [9] },
      { maker: [0, 5] },
      { maker: [1, 5] },
      { maker: [3, 5] },
      { maker: [3, [5]], at: 1.5 },
      { maker: [3, [5]], at: 7 },
      { common: 5 },
      { shared: 5 },
      { shared: { cells: [], regions: [buffer], known: [] } },
      { shared: { cells: [1], regions: [buffer], known: [] } },
    ].map((change, k): [number, unknown] => [KIND.PER_AFFINITY, {
      ...table,
      lifetime: { ...lifetime, id: `bad ${k}` },
      ...change,
    }]),
    [KIND.REGION_CACHED, { lifetime, data: { buffer, byteOffset: 0 } }],
    [KIND.REGION_CACHED, {
      lifetime,
      data: { buffer, byteOffset: 128, places: [buffer, buffer] },
    }],
    [KIND.REGION_LOCAL, {
      lifetime,
      data: {
        parts: { buffer, byteOffset: 0, places: [], cells: [] },
        maker: [2, 5],
      },
    }],
  ];
  for (const [kind, sent] of bad) {
    const inner = encoded(sent);
    const out = new Writer(256);
    out.word((kind << 8) | tags.KIND);
    for (let k = 0; k < inner.length; k++) out.word(inner.words[k]!);
    out.buffers = inner.buffers;
    assertThrows(
      () => decode(readerOf(out)),
      CorruptFrameError,
      undefined,
      JSON.stringify([kind, sent]),
    );
  }
});
