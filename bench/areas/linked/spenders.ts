/**
 * Families whose instances spend tokens as fast as they can.
 *
 * @module
 */
import { newLimiter, RateLimiter } from "../../../examples/rate_limiter.ts";
import { type Linked, linked } from "../../../mod.ts";
import { Grinder } from "../layout/grinder.ts";
import type { Bucket, BucketLimit } from "./bucket.ts";
import { LockedBucket } from "./locked_bucket.ts";
import { PlainBucket } from "./plain_bucket.ts";
import { WordBucket } from "./word_bucket.ts";

/** More than anybody can spend. */
const PLENTY: BucketLimit = { burst: 2 ** 30, rate: 1_000_000 };
/** Next to nothing. */
const SCARCE: BucketLimit = { burst: 10, rate: 1 };

/** Spends tokens of two buckets. */
export class Spender {
  readonly #plenty: Bucket;
  readonly #scarce: Bucket;
  readonly #work = new Grinder();

  constructor(make: (limit: BucketLimit) => Bucket) {
    this.#plenty = make(PLENTY);
    this.#scarce = make(SCARCE);
  }

  /**
   * Asks for so many tokens.
   *
   * @param turns What is done after each: turns of a loop.
   * @returns How many there were.
   */
  spend(from: "plenty" | "scarce", count: number, turns: number): number {
    const bucket = from === "plenty" ? this.#plenty : this.#scarce;
    let taken = 0;
    for (let k = 0; k < count; k++) {
      if (bucket.tryTake()) taken++;
      if (turns > 0) this.#work.grind(turns);
    }
    return taken;
  }
}

/** Something for each of the two limits. */
function both<T>(make: (limit: BucketLimit) => T): [plenty: T, scarce: T] {
  return [make(PLENTY), make(SCARCE)];
}

function spender<T>(
  [plenty, scarce]: [plenty: T, scarce: T],
  make: (limit: BucketLimit, shared: T) => Bucket,
): Spender {
  return new Spender((limit) =>
    make(limit, limit === PLENTY ? plenty : scarce)
  );
}

/** Each worker has a bucket of its own: no limit for all together. */
export const plain: Linked<Spender> = linked(import.meta.url, "plain", {
  create: () => new Spender((limit) => new PlainBucket(limit)),
});

/** Leases of a common bucket. */
export const leases: Linked<Spender> = linked(import.meta.url, "leases", {
  shared: () =>
    both((limit) => newLimiter({ ...limit, per: 1, lease: leaseOf(limit) })),
  create: (shared) =>
    spender(shared, (_limit, shared) => new RateLimiter(shared)),
});

/** The same with leases of a few tokens only. */
export const shortLeases: Linked<Spender> = linked(
  import.meta.url,
  "shortLeases",
  {
    shared: () => both((limit) => newLimiter({ ...limit, per: 1, lease: 8 })),
    create: (shared) =>
      spender(shared, (_limit, shared) => new RateLimiter(shared)),
  },
);

/** One bucket behind one lock. */
export const oneLock: Linked<Spender> = linked(import.meta.url, "oneLock", {
  shared: () => both((limit) => LockedBucket.share(limit)),
  create: (shared) =>
    spender(shared, (limit, memory) => new LockedBucket(limit, memory)),
});

/** One bucket in one word. */
export const oneWord: Linked<Spender> = linked(import.meta.url, "oneWord", {
  shared: () => both(() => WordBucket.share()),
  create: (shared) =>
    spender(shared, (limit, word) => new WordBucket(limit, word)),
});

/** Few enough that a burst has hundreds of them. */
function leaseOf({ burst }: BucketLimit): number {
  return Math.min(256, Math.floor(burst / 8));
}
