/**
 * Values that are not told when they move.
 *
 * @module
 */

import type { Sendable } from "./portable.ts";

/**
 * Holds a value that is never told that it lives elsewhere now: neither `relocate()`
 * nor a call to another thread goes into it. It is sent like any other value.
 *
 * For what has no place: a type that somebody else made, or one that is to stay as
 * it is although it could move. What is shared with all threads in it stays shared,
 * and contended, wherever it goes.
 *
 * After `Unaware` of Rust's `thread_aware`.
 *
 * @example Usage
 * ```ts
 * import { manualAffinities, relocate, Unaware } from "@kindred/kindred/aware";
 * import { assertStrictEquals } from "@std/assert";
 *
 * const [here, there] = manualAffinities([2]);
 * const pattern = new Unaware(/[a-z]+/);
 * const moved = relocate(pattern, here!, there!);
 * assertStrictEquals(moved.value, pattern.value);
 * ```
 *
 * @typeParam T The type of the value.
 */
export class Unaware<T> implements Sendable<T> {
  /** Never there at run time. */
  declare readonly "~sendable": T;
  /** The value. */
  readonly value: T;

  /** Holds a value. */
  constructor(value: T) {
    this.value = value;
  }
}
