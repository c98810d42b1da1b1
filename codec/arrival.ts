/**
 * What has come with a value whose preamble was read.
 *
 * @module
 */

import { whileReading } from "./reading.ts";
import { here, Relocation, tell, wantsToKnow } from "./relocation.ts";

/** The arrival of one value, or of the arguments of one call. */
export class Arrival {
  /** Where it comes from. */
  readonly source: unknown;
  /** What it refers to by number. */
  readonly exports: readonly object[];
  /** In how many values one is that are not told. */
  unaware = 0;
  #relocation: Relocation | undefined;

  /** Begins. */
  constructor(source: unknown, exports: readonly object[]) {
    this.source = source;
    this.exports = exports;
  }

  /** Tells an object that it is here now. Returns what takes its place. */
  tell(object: object): unknown {
    if (this.unaware > 0 || !wantsToKnow(object)) return object;
    const way = this.#relocation ??= new Relocation(this.source, here());
    return whileReading(() => tell(way, object));
  }
}
