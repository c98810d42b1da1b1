import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  bucketOf,
  BUCKETS,
  lowerBoundOf,
  middleOf,
} from "../../../workers/stats/buckets.ts";

Deno.test("bucketOf() puts the lower bound of each bucket into that bucket", () => {
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    assertEquals(bucketOf(lowerBoundOf(bucket)), bucket);
    assert(lowerBoundOf(bucket) < lowerBoundOf(bucket + 1));
  }
});

Deno.test("bucketOf() reaches from 64 ns to more than a quarter of an hour", () => {
  assertEquals(lowerBoundOf(0), 0);
  assertEquals(lowerBoundOf(1), 64);
  assertEquals(lowerBoundOf(BUCKETS - 1), 2 ** 40);
  assert(2 ** 40 > 15 * 60 * 1e9);
  assertEquals(lowerBoundOf(BUCKETS), Infinity);
});

Deno.test("bucketOf() takes what is out of range into the outer buckets", () => {
  for (const time of [0, 1, 63.9, -0, -1, -Infinity]) {
    assertEquals(bucketOf(time), 0);
  }
  for (const time of [2 ** 40, 2 ** 60, 1e300, Infinity, NaN]) {
    assertEquals(bucketOf(time), BUCKETS - 1);
  }
});

Deno.test("middleOf() is at most 6.25 percent off", () => {
  const time = fc.double({ min: 64, max: 2 ** 40 - 2 ** 17, noNaN: true });
  fc.assert(fc.property(time, (time) => {
    const bucket = bucketOf(time);
    const middle = middleOf(bucket);
    // Times are rounded to 24 bits before they are put into a bucket.
    assert(Math.abs(middle - time) <= time * (1 / 16 + 2 ** -23));
    assert(bucketOf(middle) === bucket);
  }));
});
