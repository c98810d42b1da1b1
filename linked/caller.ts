/**
 * What a family asks of the runtime that it is linked to.
 *
 * @module
 */

import type { FamilyId } from "./known_families.ts";

/** Carries calls to the instances of one family. */
export interface Caller {
  /** How messages name the family. Without it, it cannot be sent. */
  readonly id?: FamilyId;
  /** How many workers there are; each has one instance. */
  readonly size: number;
  /** Calls the method with this number on the instance of a worker. */
  call(worker: number, method: number, args: unknown[]): Promise<unknown>;
  /** Calls a method that is a generator. */
  stream(
    label: string,
    worker: number,
    method: number,
    args: unknown[],
  ): AsyncIterableIterator<unknown>;
  /** The worker to which a call goes that any of them can do. */
  pick(): number;
}
