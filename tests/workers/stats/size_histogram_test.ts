import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { bucketOf, BUCKETS } from "../../../workers/stats/buckets.ts";
import {
  sizeBucketOf,
  SizeHistogram,
  TASK,
} from "../../../workers/stats/size_histogram.ts";

function histogramOf(sizes: readonly number[]): SizeHistogram {
  const buckets = new Array<number>(BUCKETS).fill(0);
  for (const size of sizes) buckets[sizeBucketOf(size)]!++;
  return new SizeHistogram({
    buckets,
    sum: TASK * sizes.reduce((sum, size) => sum + size, 0),
    longest: TASK * Math.max(0, ...sizes),
  });
}

Deno.test("sizeBucketOf() is the bucket of so many tasks", () => {
  const sizes = Array.from({ length: 24 }, (_, k) => 2 ** k);
  for (const size of sizes.flatMap((n) => [n, n + 1, 2 * n - 1, 2 * n])) {
    assertEquals(sizeBucketOf(size), bucketOf(TASK * size), `${size}`);
  }
});

Deno.test("SizeHistogram.percentile() is exact below 16, and at most 6.25 percent off", () => {
  const sizes = fc.array(
    fc.oneof(
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 2 ** 24 }),
    ),
    { minLength: 1, maxLength: 50 },
  );
  fc.assert(
    fc.property(sizes, fc.integer({ min: 0, max: 100 }), (sizes, percent) => {
      const sorted = sizes.toSorted((a, b) => a - b);
      const rank = Math.max(1, Math.ceil(percent / 100 * sizes.length));
      const exact = sorted[rank - 1]!;
      const found = histogramOf(sizes).percentile(percent);
      assert(Number.isInteger(found));
      assert(Math.abs(found - exact) <= (exact < 16 ? 0 : exact / 16));
    }),
  );
});

Deno.test("SizeHistogram has the exact mean and maximum, and buckets of whole tasks", () => {
  const sizes = histogramOf([1, 1, 15, 16, 17, 1000]);
  assertEquals([sizes.count, sizes.mean, sizes.max], [6, 175, 1000]);
  assertEquals(sizes.buckets(), [
    { from: 1, to: 2, count: 2 },
    { from: 15, to: 16, count: 1 },
    { from: 16, to: 18, count: 2 },
    { from: 960, to: 1024, count: 1 },
  ]);
  const { p50, max, buckets } = sizes.toJSON();
  assertEquals([p50, max, buckets.length], [15, 1000, 4]);
});

Deno.test("SizeHistogram of no sizes has none", () => {
  const none = histogramOf([]);
  assertEquals([none.count, none.mean, none.percentile(50)], [0, NaN, NaN]);
  assertEquals([none.buckets(), none.toJSON().max], [[], null]);
});
