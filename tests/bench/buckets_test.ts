import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { LockedBucket } from "../../bench/areas/linked/locked_bucket.ts";
import { PlainBucket } from "../../bench/areas/linked/plain_bucket.ts";
import { WordBucket } from "../../bench/areas/linked/word_bucket.ts";
import { newLimiter, RateLimiter } from "../../examples/rate_limiter.ts";

Deno.test("buckets that are compared with RateLimiter answer as it does without leases", () => {
  fc.assert(
    fc.property(
      fc.record({
        burst: fc.integer({ min: 1, max: 20 }),
        rate: fc.integer({ min: 1, max: 5 }),
      }),
      fc.array(fc.oneof(fc.constant(0), fc.nat(5)), {
        maxLength: 150,
        size: "max",
      }),
      (limit, pauses) => {
        let now = 7;
        const clock = () => now;
        const locked = LockedBucket.share(limit, clock);
        const word = WordBucket.share(clock);
        const linked = newLimiter({ ...limit, per: 1, lease: 0 }, clock);
        const limiters = [
          new RateLimiter(linked, clock),
          new PlainBucket(limit, clock),
          new LockedBucket(limit, locked, clock),
          new WordBucket(limit, word, clock),
        ];
        for (const pause of pauses) {
          now += pause;
          const [ours, ...others] = limiters.map((limiter) =>
            limiter.tryTake()
          );
          assertEquals(others, [ours, ours, ours]);
        }
      },
    ),
    { numRuns: 200 },
  );
});
