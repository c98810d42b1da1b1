import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { idsOf, maskOf, MAX_PROCESSOR_ID } from "../../ffi/mod.ts";

Deno.test("maskOf() sets bit c & 7 of byte c >> 3 in whole words", () => {
  assertEquals([...maskOf([0, 9, 63])], [1, 2, 0, 0, 0, 0, 0, 128]);
  assertEquals(maskOf([64]).length, 16);
  assertEquals(maskOf([]).length, 8);
});

Deno.test("maskOf() refuses what is no processor id", () => {
  for (const id of [-1, 1.5, NaN, Infinity, MAX_PROCESSOR_ID + 1]) {
    assertThrows(() => maskOf([id]), RangeError);
  }
});

Deno.test("idsOf() is the inverse of maskOf() for any ids", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.integer({ min: 0, max: 9000 })),
    (ids) => {
      const sorted = ids.toSorted((a, b) => a - b);
      assertEquals(idsOf(maskOf(ids)), sorted);
    },
  ));
});

Deno.test("idsOf() reads masks of any length", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (mask) => {
    const expected = [...mask].flatMap((byte, index) =>
      [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => byte & (1 << bit))
        .map((bit) => index * 8 + bit)
    );
    assertEquals(idsOf(mask), expected);
  }));
});
