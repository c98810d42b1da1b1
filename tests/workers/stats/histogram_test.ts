import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { bucketOf, BUCKETS } from "../../../workers/stats/buckets.ts";
import { Histogram } from "../../../workers/stats/histogram.ts";

/** A histogram of times in ms. */
function histogramOf(times: readonly number[]): Histogram {
  const buckets = new Array<number>(BUCKETS).fill(0);
  for (const time of times) buckets[bucketOf(1e6 * time)]!++;
  return new Histogram({
    buckets,
    sum: 1e6 * times.reduce((sum, time) => sum + time, 0),
    longest: 1e6 * Math.max(0, ...times),
  });
}

Deno.test("Histogram.percentile() is at most 6.25 percent off", () => {
  const times = fc.array(
    fc.double({ min: 1e-4, max: 5 * 60 * 1e3, noNaN: true }),
    { minLength: 1, maxLength: 50 },
  );
  const percent = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(fc.property(times, percent, (times, percent) => {
    const sorted = times.toSorted((a, b) => a - b);
    const rank = Math.max(1, Math.ceil(percent / 100 * times.length));
    const exact = sorted[rank - 1]!;
    const found = histogramOf(times).percentile(percent);
    assert(Math.abs(found - exact) <= exact / 15.9, `${found}, not ${exact}`);
  }));
});

Deno.test("Histogram.percentile() grows with what is asked, up to the longest", () => {
  const times = histogramOf([0.001, 0.002, 0.5, 3, 3, 200]);
  let last = 0;
  for (let percent = 0; percent <= 100; percent++) {
    const time = times.percentile(percent);
    assert(time >= last);
    last = time;
  }
  assert(last <= times.max);
  assertEquals(times.max, 200);
  assertAlmostEquals(times.mean, 206.503 / 6, 1e-9);
  assertEquals(times.count, 6);
});

Deno.test("Histogram.percentile() throws for what is no percentage", () => {
  const times = histogramOf([1]);
  for (const percent of [-1, 100.1, NaN, Infinity]) {
    assertThrows(() => times.percentile(percent), RangeError);
  }
  for (const percent of ["50", undefined, null, {}]) {
    assertThrows(() => times.percentile(percent as number), TypeError);
  }
});

Deno.test("Histogram without times has no mean, no percentiles and no buckets", () => {
  const none = histogramOf([]);
  assertEquals([none.count, none.mean, none.max], [0, NaN, NaN]);
  assertEquals(none.percentile(50), NaN);
  assertEquals(none.buckets(), []);
  assertEquals(JSON.parse(JSON.stringify(none)), {
    count: 0,
    mean: null,
    p50: null,
    p90: null,
    p99: null,
    max: null,
    buckets: [],
  });
});

Deno.test("Histogram.buckets() has all times, each within its bucket", () => {
  const times = [0.00001, 0.0001, 0.5, 0.5, 7, 1e7];
  const buckets = histogramOf(times).buckets();
  for (const { from, to, count } of buckets) {
    const inside = times.filter((time) => from <= time && time < to);
    assertEquals(count, inside.length);
  }
  assertEquals(buckets.at(-1)!.to, Infinity);
  assertEquals(buckets.reduce((sum, { count }) => sum + count, 0), 6);
});
