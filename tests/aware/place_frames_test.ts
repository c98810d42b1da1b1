import { assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { PerCore, RegionCached } from "../../aware/mod.ts";
import { SharedSlots } from "../../aware/shared_slots.ts";
import { livesInSharedMemory } from "../../aware/shared_value.ts";
import { CorruptFrameError, decode, encode, Writer } from "../../codec/mod.ts";
import { KIND } from "../../codec/portable_kind.ts";
import * as tags from "../../codec/tag.ts";
import { OnceCell, SharedCounter } from "../../sync/mod.ts";
import { readerOf } from "../codec/support.ts";
import "../../workers/functions/function_values.ts"; // so that functions can be received

function encoded(value: unknown): Writer {
  const out = new Writer(256);
  out.clear();
  encode(out, value, "value");
  return out;
}

Deno.test("values of places can be read from what was written of them", () => {
  const cores = new PerCore({ value: { n: 1 } });
  const one = decode(readerOf(encoded(cores))) as PerCore<object>;
  assertEquals(one.value, cores.value);
  const cached = new RegionCached({ n: 1 });
  assertStrictEquals(decode(readerOf(encoded(cached))), cached);
});

Deno.test("livesInSharedMemory() looks at what occurs again only once", () => {
  let looks = 0;
  const counter = new SharedCounter();
  let value: unknown = {
    get counter() {
      looks++;
      return counter;
    },
  };
  for (let k = 0; k < 20; k++) value = [value, { value }];
  assertEquals([livesInSharedMemory(value), looks], [true, 1]);
  const endless: unknown[] = [counter];
  endless.push(endless);
  assertEquals(livesInSharedMemory(endless), false);
});

Deno.test("SharedSlots.take() says if there is no value where one should be", () => {
  const region = new SharedArrayBuffer(256);
  for (
    const [line, byteLength] of [[2, 0], [99, 0], [1, -8], [1, 128], [
      1,
      2 ** 31 - 1,
    ]] as const
  ) {
    const cell = new OnceCell("u32");
    cell.getOrInit(() => line);
    if (line < 2) new Int32Array(region)[32 * line] = byteLength;
    const slots = new SharedSlots({
      cells: [cell],
      regions: [region],
      known: [],
    });
    assertThrows(
      () => slots.take(0, "unknown", () => undefined),
      CorruptFrameError,
    );
  }
});

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
