/**
 * A rate limiter for all threads together: each worker spends tokens that it has
 * leased, and no more are spent than one bucket would give. How it is used, and when
 * it is worth it, is told in `docs/linked.md`.
 *
 * @module
 */

import { type Linked, linked, StripedCounter } from "../mod.ts";
import { type Clock, steadyClock } from "./clock.ts";
import {
  type Lease,
  type Limit,
  newBudget,
  type SharedBudget,
  TokenBudget,
} from "./token_budget.ts";

/** What the limiters of a family share. */
export interface SharedLimiter {
  readonly budget: SharedBudget;
  readonly refused: StripedCounter;
}

/** What all limiters of a family did together. */
export interface Totals {
  /** Tokens spent. Those count, too, that a lost thread had in its hands. */
  readonly admitted: number;
  /** How often somebody asked in vain. */
  readonly refused: number;
  /** Tokens there are now. */
  readonly available: number;
}

/** Makes what the limiters of a new family share. */
export function newLimiter(
  limit: Limit,
  clock: Clock = steadyClock,
): SharedLimiter {
  return { budget: newBudget(limit, clock), refused: new StripedCounter() };
}

/** Says yes to so many requests, and no to others. */
export class RateLimiter {
  readonly #budget: TokenBudget;
  readonly #refused: StripedCounter;
  readonly #clock: Clock;
  readonly #lease: Lease;
  /** What the lease probably holds: others may take from it, too. */
  #left: number;
  /** So many tokens there are not … */
  #tooMany = Infinity;
  /** … before this time: they come back by time only. */
  #until = 0;

  constructor(
    { budget, refused }: SharedLimiter,
    clock: Clock = steadyClock,
  ) {
    this.#budget = new TokenBudget(budget, clock);
    this.#refused = refused;
    this.#clock = clock;
    this.#lease = this.#budget.claim();
    this.#left = this.#lease.fields.tokens;
  }

  /**
   * Spends so many tokens if there are as many.
   *
   * @param cost Up to `burst`.
   */
  tryTake(cost: number = 1): boolean {
    this.#check(cost);
    while (cost <= this.#left) {
      const left = this.#left;
      this.#left = this.#lease.compareExchange("tokens", left, left - cost);
      if (this.#left !== left) continue;
      this.#left -= cost;
      return true;
    }
    if (!this.#isInVain(cost)) {
      const until = this.#budget.draw(cost, this.#lease);
      this.#left = this.#lease.fields.tokens;
      if (until === undefined) return true;
      this.#tooMany = cost;
      this.#until = until;
    }
    this.#refused.add();
    return false;
  }

  /** For how many milliseconds at least what was refused last will be refused again. */
  retryAfter(): number {
    return Math.max(0, this.#until - this.#clock());
  }

  /** What all limiters of the family did together. */
  totals(): Totals {
    const { taken, available } = this.#budget.count();
    return { admitted: taken, refused: this.#refused.value, available };
  }

  #isInVain(cost: number): boolean {
    return cost >= this.#tooMany && this.#clock() < this.#until;
  }

  #check(cost: number): void {
    const { burst } = this.#budget;
    if (Number.isInteger(cost) && cost >= 1 && cost <= burst) return;
    throw new RangeError(
      `Cannot take tokens as 'cost' must be an integer from 1 to ${burst}: received ${cost}`,
    );
  }
}

/** A family of limiters: 100 requests at once, and 50 more each second. */
export const limiter: Linked<RateLimiter> = linked(import.meta.url, "limiter", {
  shared: () => newLimiter({ burst: 100, rate: 50 }),
  create: (shared) => new RateLimiter(shared),
});
