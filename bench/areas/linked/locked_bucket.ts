import { type Clock, steadyClock } from "../../../examples/clock.ts";
import { Mutex } from "../../../mod.ts";
import type { Bucket, BucketLimit } from "./bucket.ts";

/** What threads share that use one bucket under one lock. */
export interface LockedMemory {
  readonly mutex: Mutex;
  /** Tokens, and when they were counted. */
  readonly numbers: SharedArrayBuffer;
}

/** The same bucket for all threads: one lock around it. */
export class LockedBucket implements Bucket {
  readonly #limit: BucketLimit;
  readonly #mutex: Mutex;
  readonly #numbers: Float64Array;
  readonly #clock: Clock;

  constructor(
    limit: BucketLimit,
    { mutex, numbers }: LockedMemory,
    clock: Clock = steadyClock,
  ) {
    this.#limit = limit;
    this.#clock = clock;
    this.#mutex = mutex;
    this.#numbers = new Float64Array(numbers);
  }

  static share(
    { burst }: BucketLimit,
    clock: Clock = steadyClock,
  ): LockedMemory {
    const numbers = new SharedArrayBuffer(16);
    new Float64Array(numbers).set([burst, clock()]);
    return { mutex: new Mutex(), numbers };
  }

  tryTake(): boolean {
    const { burst, rate } = this.#limit;
    const numbers = this.#numbers;
    // Not under the lock, which all others wait for.
    const now = this.#clock();
    this.#mutex.lock();
    const passed = Math.max(0, now - numbers[1]!);
    const tokens = Math.min(burst, numbers[0]! + passed * rate);
    const isTaken = tokens >= 1;
    numbers[0] = isTaken ? tokens - 1 : tokens;
    numbers[1]! += passed;
    this.#mutex.unlock();
    return isTaken;
  }
}
