import { assert, assertEquals, assertGreater, assertThrows } from "@std/assert";
import { decode } from "../../../codec/decode.ts";
import { KIND, kindNumbered } from "../../../codec/portable_kind.ts";
import { CorruptFrameError } from "../../../codec/reader.ts";
import type { Writer } from "../../../codec/writer.ts";
import {
  callback,
  closure,
  InstanceHandle,
  LocalRef,
  move,
  SharedCounter,
} from "../../../mod.ts";
import { readWhole } from "../support.ts";
import {
  echo,
  forgetNames,
  frameOf,
  Loud,
  Made,
  OTHERS,
  Plain,
  SAMPLES,
  written,
} from "./samples.ts";

/** A list and an object that contain themselves. */
const endless: unknown[] = [1];
endless.push(endless);
const ouroboros: Record<string, unknown> = { id: "x" };
ouroboros["data"] = ouroboros;

/** What may stand where something else is expected. */
const ANYTHING: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  0.5,
  NaN,
  2 ** 53,
  "",
  "text",
  5n,
  [],
  [0],
  [3, [1]],
  [[[]]],
  {},
  { id: "x" },
  Object.create(null),
  new Map([["id", "x"]]),
  new Set([1]),
  new Date(NaN),
  new Uint8Array(8),
  new DataView(new ArrayBuffer(3)),
  new SharedArrayBuffer(256),
  new SharedCounter(),
  new Error("none"),
  new Plain(),
  new Made(1),
  new Loud(),
  ...OTHERS,
  ...[...SAMPLES.values()].flat(),
  endless,
  ouroboros,
];

/** What is sent of a value, changed; undefined: that cannot be sent. */
function sentAs(
  kind: number,
  sample: object,
  change: (data: unknown) => unknown,
): Writer | undefined {
  const known = kindNumbered(kind)!;
  const { encode } = known;
  try {
    known.encode = (value, out) => {
      const data = encode.call(known, value, out);
      return value === sample ? change(data) : data;
    };
    return written(sample);
  } catch {
    return undefined;
  } finally {
    known.encode = encode;
  }
}

/** Those that are tested here, by name. */
const KINDS = Object.entries(KIND);

type Path = readonly string[];

/** Where something stands in data that is made of arrays and plain objects. */
function* pathsIn(data: unknown, path: Path = []): Generator<Path> {
  yield path;
  if (typeof data !== "object" || data === null) return;
  const { constructor } = data;
  if (constructor !== Array && constructor !== Object) return;
  for (const [key, part] of Object.entries(data)) {
    yield* pathsIn(part, [...path, key]);
  }
}

/** A copy of data with something else at a path. */
function withPart(data: unknown, path: Path, part: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return part;
  const inner = (data as Record<string, unknown>)[key];
  return Object.assign(Array.isArray(data) ? [] : {}, data, {
    [key]: withPart(inner, rest, part),
  });
}

/** Fails unless data means a value of its kind, or is refused. */
function assertKnown(kind: number, out: Writer, isWhole: boolean): void {
  const value = readWhole(frameOf(out), decode);
  if (value === undefined) return out.drop();
  out.sent();
  assert(isWhole);
  assert(kindNumbered(kind)!.is(value as object));
  if (value instanceof InstanceHandle || value instanceof LocalRef) {
    value[Symbol.dispose]();
  }
}

for (const [name, kind] of KINDS) {
  Deno.test(`${name}: wrong data is refused, or means another value of the kind`, () => {
    let count = 0;
    for (const sample of SAMPLES.get(kind)!) {
      const paths: Path[] = [];
      sentAs(kind, sample, (data) => {
        paths.push(...pathsIn(data));
        return data;
      })?.drop();
      for (const path of paths) {
        for (const part of ANYTHING) {
          // Also where its name is not known yet.
          for (const prepare of [() => {}, forgetNames]) {
            const out = sentAs(
              kind,
              sample,
              (data) => withPart(data, path, part),
            );
            if (out === undefined) continue;
            count++;
            prepare();
            // Only a number stands for a whole value.
            const isWhole = path.length > 0 || Number.isInteger(part);
            assertKnown(kind, out, isWhole);
          }
        }
      }
    }
    assertGreater(count, ANYTHING.length);
  });
}

Deno.test("there is a sample of every kind, which arrives", () => {
  assertEquals(new Set(SAMPLES.keys()), new Set(KINDS.map(([, kind]) => kind)));
  for (const [kind, samples] of SAMPLES) {
    for (const sample of samples) {
      const out = written(sample);
      const value = decode(frameOf(out));
      out.sent();
      assert(kindNumbered(kind)!.is(value as object));
    }
  }
});

interface Parts {
  readonly [name: string]: unknown;
}

/** Data with other parts, which its kind has to notice. */
const NOTICED: readonly [
  kind: number,
  sample: number,
  change: (data: Parts) => unknown,
  /** Only on a thread that does not know the value. */
  isNew?: boolean,
][] = [
  [KIND.FAMILY, 0, (data) => ({ ...data, runtime: 0 })],
  [KIND.FAMILY, 0, (data) => ({ ...data, number: "0" })],
  [KIND.FAMILY, 0, (data) => ({ ...data, name: 0 })],
  [KIND.CALLBACK, 0, () => 0.5],
  [KIND.CALLBACK, 0, () => "3"],
  [KIND.CLOSURE, 0, ({ 1: fn, 2: data }) => [7, fn, data]],
  // The second export is a class.
  [KIND.CLOSURE, 0, ({ 0: form, 2: data }) => [form, 1, data]],
  [KIND.LOCAL_REF, 0, (data) => ({
    ...data,
    bytes: move(new Uint8Array(new ArrayBuffer(12), 1, 8)),
  })],
  [KIND.SHARED_QUEUE, 0, (data) => ({ ...data, form: "i32" })],
  [KIND.SHARED_QUEUE, 0, (data) => ({ ...data, form: "toString" })],
  [KIND.SHARED_QUEUE, 1, (data) => ({ ...data, form: "f64" })],
  [KIND.SHARED_QUEUE, 0, (data) => ({ ...data, kind: "background" })],
  [KIND.SHARED_QUEUE, 0, (data) => ({ ...data, maxBatch: "64" })],
  [KIND.SHARED_QUEUE, 0, (data) => ({ ...data, concurrency: -1 })],
  [KIND.SHARED_QUEUE, 0, (data) => ({ ...data, overflow: "drop" })],
  [KIND.SHARED_QUEUE, 0, (data) => ({ ...data, family: [] })],
  [KIND.SHARED_QUEUE, 0, (data) => ({ ...data, lanes: [] })],
  [KIND.SHARED_QUEUE, 1, (data) => ({ ...data, processor: callback(() => 1) })],
  [KIND.PER_AFFINITY, 0, (data) => ({ ...data, at: [] })],
  [KIND.PER_AFFINITY, 0, (data) => ({ ...data, strategy: 1 })],
  [KIND.PER_AFFINITY, 0, (data) => ({ ...data, lifetime: nameOfRegion() })],
  [KIND.PER_AFFINITY, 3, (data) => ({
    ...data,
    at: undefined,
    lifetime: { ...data["lifetime"] as Parts, id: "of no table" },
  })],
  // What makes its values cannot be copied here: it is not on the thread that sent it.
  [KIND.PER_AFFINITY, 2, (data) => ({
    ...data,
    maker: [1, closure(callback(() => 1), echo)],
  }), true],
  [
    KIND.PER_AFFINITY,
    4,
    inside("shared", ({ cells }) => ({
      cells: (cells as unknown[]).map(() => 5),
    })),
    true,
  ],
  [KIND.PER_AFFINITY, 4, inside("shared", () => ({ known: [5] })), true],
  [
    KIND.REGION_CACHED,
    0,
    inside("data", ({ places }) => ({
      places: (places as unknown[]).slice(1),
    })),
    true,
  ],
  [
    KIND.REGION_CACHED,
    0,
    inside("data", ({ places }) => ({
      places: [...places as unknown[], 5],
    })),
    true,
  ],
  [KIND.REGION_LOCAL, 0, (data) => ({ ...data, lifetime: nameOfRegion() })],
  [
    KIND.REGION_LOCAL,
    0,
    inside("data", ({ parts }) => ({
      parts: { ...parts as Parts, cells: [5, 5] },
    })),
    true,
  ],
  [
    KIND.REGION_LOCAL,
    0,
    inside("data", ({ parts }) => ({
      parts: { ...parts as Parts, places: [5, 5, 5, 5] },
    })),
    true,
  ],
];

/** Changes parts of a part. */
function inside(
  key: string,
  change: (parts: Parts) => Parts,
): (data: Parts) => Parts {
  return (data) => {
    const parts = data[key] as Parts;
    return { ...data, [key]: { ...parts, ...change(parts) } };
  };
}

/** The name of a value that is none of places, and no RegionLocal. */
function nameOfRegion(): unknown {
  let lifetime: unknown;
  const [region] = SAMPLES.get(KIND.REGION_CACHED)!;
  sentAs(KIND.REGION_CACHED, region!, (data) => {
    lifetime = (data as Parts)["lifetime"];
    return data;
  });
  return lifetime;
}

/** Makes the names of all samples known. */
function arriveAll(): void {
  for (const sample of [...SAMPLES.values()].flat()) {
    const out = written(sample);
    decode(frameOf(out));
    out.sent();
  }
}

for (const [k, [kind, place, change, isNew]] of NOTICED.entries()) {
  const [name] = KINDS.find(([, number]) => number === kind)!;
  Deno.test(`${name}: data with a part that is none is corrupt (${k})`, () => {
    const sample = SAMPLES.get(kind)![place]!;
    const out = sentAs(kind, sample, (data) => change(data as Parts));
    assert(out !== undefined);
    forgetNames();
    if (!isNew) arriveAll();
    assertThrows(() => decode(frameOf(out)), CorruptFrameError);
    out.drop();
  });
}
