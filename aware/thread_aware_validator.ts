/**
 * Checking that values are where they were told to be.
 *
 * @module
 */

import { type MemoryAffinity, sameAffinity } from "./affinity.ts";
import { aware } from "./aware.ts";
import { currentAffinity } from "./current_affinity.ts";
import type { ThreadAware } from "./thread_aware.ts";

/**
 * Says whether it is used where it was told that it lives: a part of a value whose owner
 * wants to know, in tests, that nobody uses it elsewhere.
 *
 * By its name in Rust's `thread_aware` 0.3.
 *
 * @example Usage
 * ```ts
 * import { AffinityRegistry, relocate, ThreadAwareValidator } from "@kindred/kindred/aware";
 * import { assert } from "@std/assert";
 *
 * const validator = new ThreadAwareValidator();
 * assert(!validator.isValid); // this thread is nowhere in particular
 *
 * const registry = new AffinityRegistry("all");
 * const [home] = registry.affinities;
 * using _pin = registry.pinTo(home!);
 * assert(relocate(validator, "unknown", home!).isValid);
 * ```
 */
export class ThreadAwareValidator implements ThreadAware {
  /** Never there at run time. */
  declare readonly "~sendable": true;
  /** Where it was told that it lives. */
  home: MemoryAffinity;

  /** Is at home where it is made, unless it is told otherwise. */
  constructor(home: MemoryAffinity = currentAffinity()) {
    this.home = home;
  }

  /** Whether the calling thread is known to be there. */
  get isValid(): boolean {
    const { home } = this;
    return home !== "unknown" && sameAffinity(home, currentAffinity());
  }

  /** Is at home there from now on. */
  relocated(_source: MemoryAffinity, destination: MemoryAffinity): void {
    this.home = destination;
  }

  static {
    aware(import.meta.url, ThreadAwareValidator);
  }
}
