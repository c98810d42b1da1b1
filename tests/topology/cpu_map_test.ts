import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseCpuMap } from "../../topology/cpu_map.ts";

Deno.test("parseCpuMap() reads words of 32 bits, the highest first", () => {
  assertEquals(parseCpuMap("00000000,00001111\n"), [0, 4, 8, 12]);
  assertEquals(parseCpuMap("1,00000003"), [0, 1, 32]);
  assertEquals(parseCpuMap("0"), []);
});

Deno.test("parseCpuMap() takes one long word, and a NUL at the end", () => {
  assertEquals(parseCpuMap("100000000"), [32]);
  assertEquals(parseCpuMap("f\0\n"), [0, 1, 2, 3]);
});

Deno.test("parseCpuMap() has nothing for what is no map", () => {
  for (const text of ["", "g", "1,,2", "1,", "1,000000001"]) {
    assertEquals(parseCpuMap(text), undefined);
  }
});

Deno.test("parseCpuMap() reads what the kernel would write, for any ids and width", () => {
  const ids = (max: number) => fc.uniqueArray(fc.integer({ min: 0, max }));
  fc.assert(fc.property(
    fc.oneof(ids(255), ids(8191)),
    fc.integer({ min: 256, max: 300 }),
    (ids, length) => {
      const words = Array.from({ length }, () => 0);
      for (const id of ids) words[id >> 5]! |= 1 << (id & 31);
      const text = words.toReversed()
        .map((word) => (word >>> 0).toString(16).padStart(8, "0")).join();
      assertEquals(parseCpuMap(text), ids.toSorted((a, b) => a - b));
    },
  ));
});

Deno.test("parseCpuMap() either reads any text or has nothing for it", () => {
  const piece = fc.constantFrom("0", "f", "80000001", ",", "-", " ", "x", "\n");
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    const ids = parseCpuMap(pieces.join("")) ?? [];
    assertEquals(ids, ids.toSorted((a, b) => a - b));
    assertEquals(new Set(ids).size, ids.length);
  }));
});
