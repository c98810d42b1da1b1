import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { formatCpuList, parseCpuList } from "../../topology/mod.ts";

Deno.test("parseCpuList() reads ids, ranges, strides and groups", () => {
  assertEquals(parseCpuList("5"), [5]);
  assertEquals(parseCpuList("0-3,8"), [0, 1, 2, 3, 8]);
  assertEquals(parseCpuList("8-11:2"), [8, 10]);
  assertEquals(parseCpuList("0-10:3"), [0, 3, 6, 9]);
  assertEquals(parseCpuList("0-15:2/8"), [0, 1, 8, 9]);
  assertEquals(parseCpuList("0-8:2/8"), [0, 1, 8]);
  assertEquals(parseCpuList("3-3"), [3]);
});

Deno.test("parseCpuList() sorts, and lists each id once", () => {
  assertEquals(parseCpuList("8,0-3,2-4"), [0, 1, 2, 3, 4, 8]);
});

Deno.test("parseCpuList() takes what kernels put around a list", () => {
  assertEquals(parseCpuList(""), []);
  assertEquals(parseCpuList("\n"), []);
  assertEquals(parseCpuList(" 0-1, 4 \n\0"), [0, 1, 4]);
});

Deno.test("parseCpuList() refuses malformed text and names it", () => {
  for (const part of ["x", "-1", "1-", "1--2", "1:2", "0-3:", "0x3", "1.5"]) {
    const error = assertThrows(() => parseCpuList(`0,${part}`), SyntaxError);
    assertEquals(error.message.includes(`"${part}"`), true);
  }
  assertThrows(() => parseCpuList("0,,1"), SyntaxError);
  assertThrows(() => parseCpuList("all"), SyntaxError);
});

Deno.test("parseCpuList() refuses ranges that do not count up, and absurd ids", () => {
  for (const text of ["3-1", "0-3:0", "0-3:3/2", "0-3:0/2"]) {
    assertThrows(() => parseCpuList(text), RangeError);
  }
  assertThrows(() => parseCpuList("0-4294967295"), RangeError);
  assertThrows(() => parseCpuList("99999999999999999999"), RangeError);
});

Deno.test("parseCpuList() refuses malformed parts of any list, and names list and part", () => {
  const whole = fc.array(fc.integer({ min: 0, max: 99 }), { minLength: 1 })
    .map((ids) => formatCpuList(ids));
  const bad = fc.constantFrom(
    "x",
    "1-",
    "-1",
    "5-2",
    "0-3:0",
    "1048576",
    "1e3",
  );
  fc.assert(fc.property(whole, bad, fc.boolean(), (list, part, first) => {
    const text = first ? `${part},${list}` : `${list},${part}`;
    const error = assertThrows(() => parseCpuList(text), Error);
    assertEquals(error.message.includes(`"${text}"`), true);
    assertEquals(error.message.includes(`"${part}"`), true);
  }));
});

Deno.test("parseCpuList() expands strides as a filter would, for any range", () => {
  const range = fc.record({
    first: fc.integer({ min: 0, max: 200 }),
    length: fc.integer({ min: 0, max: 200 }),
    step: fc.integer({ min: 1, max: 70 }),
    used: fc.integer({ min: 1, max: 70 }),
  }).filter(({ step, used }) => used <= step);
  fc.assert(fc.property(range, ({ first, length, step, used }) => {
    const last = first + length;
    const all = Array.from({ length: length + 1 }, (_, index) => first + index);
    assertEquals(
      parseCpuList(`${first}-${last}:${used}/${step}`),
      all.filter((id) => (id - first) % step < used),
    );
  }));
});

Deno.test("formatCpuList() writes runs as ranges", () => {
  assertEquals(formatCpuList([]), "");
  assertEquals(formatCpuList([7]), "7");
  assertEquals(formatCpuList([3, 1, 2, 9, 1]), "1-3,9");
  assertEquals(formatCpuList([0, 2, 4]), "0,2,4");
});

Deno.test("formatCpuList() refuses what is no processor id", () => {
  for (const id of [-1, 0.5, NaN]) {
    assertThrows(() => formatCpuList([id]), RangeError);
  }
});

Deno.test("parseCpuList() is the inverse of formatCpuList() for any ids, few or many, dense or sparse", () => {
  const dense = fc.uniqueArray(fc.integer({ min: 0, max: 300 }));
  const sparse = fc.uniqueArray(fc.integer({ min: 0, max: 1_048_575 }));
  const huge = fc.integer({ min: 0, max: 20_000 })
    .map((count) => Array.from({ length: count }, (_, id) => 3 * id));
  fc.assert(fc.property(
    fc.oneof(dense, sparse, huge),
    (ids) => {
      const sorted = ids.toSorted((a, b) => a - b);
      assertEquals(parseCpuList(formatCpuList(ids)), sorted);
    },
  ));
});

Deno.test("parseCpuList() either reads any text or refuses it as text or range", () => {
  const piece = fc.constantFrom("0", "7", "31", "-", ":", "/", ",", " ", "a");
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    try {
      const ids = parseCpuList(pieces.join(""));
      assertEquals(parseCpuList(formatCpuList(ids)), ids);
    } catch (error) {
      const known = error instanceof SyntaxError || error instanceof RangeError;
      assertEquals(known, true);
    }
  }));
});
