/**
 * Errors of calls to families.
 *
 * @module
 */

import { registerError } from "../codec/error_classes.ts";
import { inWords } from "../codec/in_words.ts";

/**
 * A call to all instances of a family failed on some of them.
 *
 * What to do: `results` has what became of each call, in the order of the
 * workers, and `errors` the reasons of those that failed.
 *
 * @example Usage
 * ```ts
 * import { PartialFailureError } from "@kindred/kindred/linked";
 * import { assertEquals } from "@std/assert";
 *
 * const results = await Promise.allSettled([1, Promise.reject(new Error("no"))]);
 * const error = new PartialFailureError("cache.size", results);
 * const sizes = error.results.filter((result) => result.status === "fulfilled");
 * assertEquals(sizes.map(({ value }) => value), [1]);
 * ```
 */
export class PartialFailureError extends AggregateError {
  /** The name of the class. */
  override readonly name = "PartialFailureError";
  /** What became of the call on each worker, in order. */
  readonly results: readonly PromiseSettledResult<unknown>[];

  /** Made by `Family.all()`. */
  constructor(
    method: string,
    results: readonly PromiseSettledResult<unknown>[],
  ) {
    const errors = results
      .filter((result) => result.status === "rejected")
      .map((result) => result.reason);
    super(
      errors,
      `Cannot complete '${method}' on all workers as ${errors.length} of ${results.length} failed: ${
        errors[0] instanceof Error ? errors[0].message : inWords(errors[0])
      }`,
    );
    this.results = results;
  }
}

registerError(PartialFailureError);
