import { type Clock, steadyClock } from "../../../examples/clock.ts";
import type { Bucket, BucketLimit } from "./bucket.ts";

/** A bucket that one thread has for itself. */
export class PlainBucket implements Bucket {
  readonly #limit: BucketLimit;
  readonly #clock: Clock;
  #tokens: number;
  #time: number;

  constructor(limit: BucketLimit, clock: Clock = steadyClock) {
    this.#limit = limit;
    this.#clock = clock;
    this.#tokens = limit.burst;
    this.#time = clock();
  }

  tryTake(): boolean {
    const { burst, rate } = this.#limit;
    const now = this.#clock();
    this.#tokens = Math.min(burst, this.#tokens + (now - this.#time) * rate);
    this.#time = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
