import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  CorruptFrameError,
  decode,
  Reader,
  Writer,
} from "../../../codec/mod.ts";
import { encodeValue } from "../../../codec/encode.ts";
import { KIND } from "../../../codec/portable_kind.ts";
import * as tags from "../../../codec/tag.ts";
import { LocalRef, Mutex, Runtime, SharedCounter } from "../../../mod.ts";
import { assertRefusal } from "../../codec/support.ts";
import { decodeData, encodeData } from "../../../workers/local/owned_data.ts";

const memory = new SharedArrayBuffer(64);
const counter = new SharedCounter();

/** Data as it may be, of objects in a few buffers. */
const { tree } = fc.letrec<{ tree: unknown; node: object }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(
      counter,
      memory,
      new Uint8Array(memory, 3, 5),
      new Float32Array(memory, 8, 3),
      new BigUint64Array(memory),
      new DataView(memory, 1, 2),
    ),
    fc.constantFrom(1, -0, "text", true, null, undefined, 5n),
    tie("node"),
  ),
  node: fc.oneof(
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ maxLength: 4 }).filter((key) => key !== "__proto__"),
      tie("tree"),
      { maxKeys: 4, noNullPrototype: true },
    ),
  ),
}));

/** What is comparable of data: views by where they are. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const { constructor, buffer, byteOffset, byteLength } = value;
    return [constructor.name, buffer === memory, byteOffset, byteLength];
  }
  if (value instanceof SharedCounter) {
    return ["counter", value.handle.byteOffset];
  }
  if (value === memory) return "memory";
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  return Object.entries(value).map(([key, inner]) => [key, plain(inner)]);
}

Deno.test("encodeData() and decodeData() give the same data in the same memory", () => {
  fc.assert(fc.property(tree, (data) => {
    if (typeof data !== "object" || data === null) return;
    const there = decodeData(encodeData(data, "test"));
    assertEquals(plain(there), plain(data));
  }));
});

Deno.test("encodeData() keeps what contains itself, and what occurs again", () => {
  const inner = { counter };
  const data: Record<string, unknown> = { inner, again: [inner] };
  data["self"] = data;
  const there = decodeData(encodeData(data, "test")) as typeof data;
  assert(there["self"] === there);
  assert((there["again"] as unknown[])[0] === there["inner"]);
  assertInstanceOf((there["inner"] as typeof inner).counter, SharedCounter);
});

Deno.test("decodeData() throws a CorruptFrameError for what is none", () => {
  const { bytes, buffers } = encodeData(
    [counter, new Uint8Array(memory, 3, 5), { a: new Int32Array(memory) }],
    "test",
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)),
        { minLength: 1, maxLength: 4 },
      ),
      (changes) => {
        const changed = bytes.slice();
        for (const [at, byte] of changes) changed[at] = byte;
        try {
          assertInstanceOf(decodeData({ bytes: changed, buffers }), Object);
        } catch (error) {
          // Also what a kind of values says that the change made of it.
          assertRefusal(error);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

Deno.test("decodeData() puts views only where the data has a place for them", () => {
  const view = new Uint8Array(memory);
  const { bytes, buffers } = encodeData({ a: view, b: [0] }, "test");
  const text = new TextDecoder("latin1").decode(bytes);
  for (const key of ["b", "c"]) {
    const changed = bytes.slice();
    // Where it stands, not its name in the data.
    changed[text.lastIndexOf("a", text.indexOf("type"))] = key.charCodeAt(0);
    const decoded = () => decodeData({ bytes: changed, buffers });
    if (key === "b") assertInstanceOf(decoded(), Object);
    else assertThrows(decoded, CorruptFrameError);
  }
});

/** A frame that says it is a reference. */
function frameOf(sent: unknown): Reader {
  const out = new Writer();
  out.clear();
  out.word((KIND.LOCAL_REF << 8) | tags.KIND);
  encodeValue(out, sent, 0);
  const reader = Reader.of(out.bytes.slice(0, out.byteLength));
  reader.buffers = out.buffers!;
  return reader;
}

Deno.test("LocalRef is not made of what is none, whatever a frame says", async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const whole = new LocalRef(new Mutex(), { runtime }).handle.data;
  const counted = new LocalRef(new Mutex(), { counted: true, runtime });
  const { name, bytes, buffers } = whole as Record<string, unknown>;
  const good = { name, bytes, buffers };
  assertInstanceOf(decode(frameOf(good)), LocalRef);
  const bad = [
    undefined,
    null,
    5,
    [],
    {},
    ...["name", "bytes", "buffers"].map((key) => ({ ...good, [key]: 5 })),
    { ...good, name: {} },
    { ...good, name: { ...(name as object), thread: -1 } },
    { ...good, name: { ...(name as object), worker: "0" } },
    { ...good, buffers: [5] },
    { ...good, bytes: new Uint8Array(3) },
    { ...good, count: 5 },
    { ...good, count: { buffer: memory, byteOffset: 0 } },
    { ...good, count: { buffer: new SharedArrayBuffer(256), byteOffset: 4 } },
  ];
  for (const sent of bad) {
    assertThrows(() => decode(frameOf(sent)), CorruptFrameError);
  }
  const foreign = { ...good, name: { ...(name as object), runtime: "?" } };
  assertThrows(() => decode(frameOf(foreign)), TypeError, "another runtime");
  counted[Symbol.dispose]();
});
