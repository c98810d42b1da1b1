import { assert } from "@std/assert";
import type { Limit } from "../../examples/token_budget.ts";

/** Tokens that were spent at a time, in ms. */
interface Spent {
  readonly now: number;
  readonly cost: number;
}

/** What was spent, in the order of time: no stretch of it may have more than one token bucket gives. */
export class SpentTokens {
  readonly #limit: Required<Pick<Limit, "burst" | "rate" | "per">>;
  readonly #spent: Spent[] = [];
  /** How many were spent. */
  sum = 0;

  constructor(limit: Required<Pick<Limit, "burst" | "rate" | "per">>) {
    this.#limit = limit;
  }

  /** Adds what was spent last, and looks at every stretch of time that ends with it. */
  add(last: Spent): void {
    const { burst, rate, per } = this.#limit;
    this.#spent.push(last);
    this.sum += last.cost;
    let sum = 0;
    for (const { now, cost } of this.#spent.toReversed()) {
      sum += cost;
      // In parts of a token, so that nothing is rounded.
      assert(sum * per <= burst * per + rate * (last.now - now));
    }
  }
}
