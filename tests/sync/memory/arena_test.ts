import {
  assert,
  assertEquals,
  assertGreaterOrEqual,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  allocate,
  allocateFrom,
  allocateWithin,
} from "../../../sync/memory/arena.ts";
import { LINE, type SharedSlice } from "../../../sync/memory/memory.ts";

const sizes = fc.oneof(
  fc.integer({ min: 1, max: 1000 }),
  fc.integer({ min: 60_000, max: 70_000 }),
  fc.constantFrom(1, LINE - 1, LINE, LINE + 1, 65536, 65537, 300_000),
);

Deno.test("allocate() cuts zeroed slices of lines that do not overlap, as CachePadded (U20)", () => {
  fc.assert(
    fc.property(fc.array(sizes, { maxLength: 30 }), (wanted) => {
      const slices = wanted.map((size) => ({ size, ...allocate(size) }));
      const ends = new Map<SharedArrayBuffer, number>();
      for (const { buffer, byteOffset, size } of slices) {
        assertEquals(byteOffset % LINE, 0);
        assertGreaterOrEqual(byteOffset, ends.get(buffer) ?? 0);
        const end = byteOffset + Math.ceil(size / LINE) * LINE;
        assertGreaterOrEqual(buffer.byteLength, end);
        ends.set(buffer, end);
        const bytes = new Uint8Array(buffer, byteOffset, end - byteOffset);
        assert(bytes.every((byte) => byte === 0));
        bytes.fill(255);
      }
    }),
    { numRuns: 50 },
  );
});

Deno.test("allocate() cuts small slices from a common buffer", () => {
  const slices: SharedSlice[] = Array.from({ length: 100 }, () => allocate(8));
  assert(new Set(slices.map(({ buffer }) => buffer)).size <= 2);
});

Deno.test("allocate() cuts from one arena for all copies of the package", async () => {
  const url =
    new URL("../../../sync/memory/arena.ts?copy", import.meta.url).href;
  const copy: { allocate: typeof allocate } = await import(url);
  const [one, two, three] = [allocate(8), copy.allocate(8), allocate(8)];
  const places = [one, two, three].map(({ byteOffset }) => byteOffset);
  assertEquals(new Set(places).size, 3);
  assert(one.buffer === two.buffer || two.buffer === three.buffer);
});

Deno.test("allocateFrom() has chunks and large slices come from other buffers, until it is called again", () => {
  const former = allocate(8).buffer;
  const made: SharedArrayBuffer[] = [];
  allocateFrom((byteLength) => {
    const buffer = new SharedArrayBuffer(byteLength);
    made.push(buffer);
    return buffer;
  });
  try {
    const buffers = [8, 8, 300_000].map((size) => allocate(size).buffer);
    assertEquals(made.length, 2);
    assert(buffers[0] === made[0] && buffers[1] === made[0]);
    assert(buffers[2] === made[1] && made[1]!.byteLength >= 300_000);
  } finally {
    allocateFrom();
  }
  const later = [allocate(8).buffer, allocate(300_000).buffer];
  assertEquals(made.length, 2);
  assert(later.every((buffer) => !made.includes(buffer) && buffer !== former));
});

Deno.test("allocateFrom() holds for all copies of the package", async () => {
  const url =
    new URL("../../../sync/memory/arena.ts?placed", import.meta.url).href;
  const copy: { allocate: typeof allocate } = await import(url);
  const made = new SharedArrayBuffer(300_000);
  allocateFrom(() => made);
  try {
    assert(copy.allocate(300_000).buffer === made);
  } finally {
    allocateFrom();
  }
});

Deno.test("allocateWithin() has all that a function allocates cut elsewhere, and nothing else", () => {
  const memory = new SharedArrayBuffer(2 ** 20);
  const sizes: number[] = [];
  let used = 0;
  const cut = (byteLength: number) => {
    sizes.push(byteLength);
    used += byteLength;
    return { buffer: memory, byteOffset: used - byteLength };
  };
  const slices = allocateWithin(cut, () => {
    const first = allocate(1);
    const inner = allocateWithin(
      () => ({ buffer: memory, byteOffset: 2 ** 19 }),
      () => allocate(1),
    );
    return [first, inner, allocate(300_000)];
  });
  assertEquals(sizes, [LINE, 300_032]);
  assertEquals(
    slices.map(({ byteOffset }) => byteOffset),
    [0, 2 ** 19, LINE],
  );
  assert(slices.every(({ buffer }) => buffer === memory));
  assert(allocate(1).buffer !== memory);
  assertThrows(
    () =>
      allocateWithin(cut, () => {
        throw new RangeError("no room");
      }),
    RangeError,
  );
  assert(allocate(1).buffer !== memory);
});
