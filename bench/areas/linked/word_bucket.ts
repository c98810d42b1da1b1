import { type Clock, steadyClock } from "../../../examples/clock.ts";
import { SharedStruct, struct } from "../../../mod.ts";
import type { Bucket, BucketLimit } from "./bucket.ts";

/** When the bucket will be full. */
const Fullness = struct({ time: "f64" });

/** What threads share that use one word. */
export interface WordMemory {
  readonly start: number;
  readonly full: SharedStruct<{ time: "f64" }>;
}

/**
 * The same bucket for all threads, without a lock: all there is to know of it is when it
 * will be full ("generic cell rate algorithm"), and that is one word. A token takes one
 * unit of time to come back.
 */
export class WordBucket implements Bucket {
  readonly #limit: BucketLimit;
  readonly #memory: WordMemory;
  readonly #clock: Clock;

  constructor(
    limit: BucketLimit,
    memory: WordMemory,
    clock: Clock = steadyClock,
  ) {
    this.#limit = limit;
    this.#memory = memory;
    this.#clock = clock;
  }

  static share(clock: Clock = steadyClock): WordMemory {
    return { start: clock(), full: new SharedStruct(Fullness) };
  }

  tryTake(): boolean {
    const { start, full } = this.#memory;
    const now = (this.#clock() - start) * this.#limit.rate;
    let time = full.load("time");
    for (;;) {
      const next = Math.max(time, now) + 1;
      if (next - now > this.#limit.burst) return false;
      const found = full.compareExchange("time", time, next);
      if (found === time) return true;
      time = found;
    }
  }
}
