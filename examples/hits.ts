/**
 * One instance per worker, linked into one family: a counter of its own and a
 * shared total.
 *
 * @module
 */

import { type Linked, linked, SharedCounter } from "../mod.ts";

/** Counts hits. */
export class Hits {
  /** The hits of all instances. */
  readonly total: SharedCounter;
  #local = 0;

  constructor(total: SharedCounter) {
    this.total = total;
  }

  /** Counts one hit. Returns the total. */
  hit(): number {
    this.#local++;
    return this.total.add(1) + 1;
  }

  /** The hits of this instance. */
  local(): number {
    return this.#local;
  }
}

/** The family. */
export const hits: Linked<Hits> = linked(import.meta.url, "hits", {
  shared: () => ({ total: new SharedCounter() }), //  once, in shared memory
  create: ({ total }) => new Hits(total), //          once per worker
});
