/**
 * The counters of a family: of all its instances, by name.
 *
 * @module
 */

import {
  StripedCounter,
  type StripedCounterHandle,
} from "../sync/value/striped_counter.ts";

/**
 * Counters that a definition names. They are part of what a family shares, so they
 * outlive every instance.
 */
export class FamilyCounters {
  readonly #family: string;
  readonly #byName = new Map<string, StripedCounter>();

  /**
   * Makes the counters of a family, or attaches to them.
   *
   * @param handles Those of the counters, in the order of the names. Default: new
   * ones.
   */
  constructor(
    { name, counters }: {
      readonly name: string;
      readonly counters: readonly string[];
    },
    handles?: readonly StripedCounterHandle[],
  ) {
    this.#family = name;
    for (const [k, counter] of counters.entries()) {
      const handle = handles?.[k];
      this.#byName.set(
        counter,
        handle === undefined
          ? new StripedCounter()
          : StripedCounter.from(handle),
      );
    }
  }

  /** Name the counters in a message, in the order of the definition. */
  get handles(): StripedCounterHandle[] {
    return [...this.#byName.values()].map(({ handle }) => handle);
  }

  /**
   * A counter.
   *
   * @throws {TypeError} If there is none of that name.
   */
  get(name: string): StripedCounter {
    const counter = this.#byName.get(name);
    if (counter !== undefined) return counter;
    const known = [...this.#byName.keys()].join(", ");
    throw new TypeError(
      `Cannot count '${String(name)}' in '${this.#family}' as its definition ${
        known === "" ? "names no counters" : `names ${known} only`
      }`,
    );
  }
}
