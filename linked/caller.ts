/**
 * What a family asks of the runtime that it is linked to.
 *
 * @module
 */

import type { FamilyId } from "./known_families.ts";

/** Says which worker a call goes to that names none. */
export interface WorkerPicker {
  /** One that is quick to reach and has few calls of this thread. */
  pick(): number;
  /** The one that has least to do, whoever asked for it. */
  leastLoaded(): number;
  /** One after the other. */
  nextInTurn(): number;
  /** The same one for the same key. */
  forKey(key: string | number): number;
  /** One on a NUMA node; undefined: that of this thread. */
  near(node: number | undefined): number;
}

/** A call whose result nobody waits for. */
export interface ForwardedCall {
  /** The workers that it goes to. */
  readonly workers: readonly number[];
  /** The number of the method. */
  readonly method: number;
  /** Its arguments. */
  readonly args: unknown[];
  /** Is told what becomes of it, if it fails. */
  readonly onFailure: (error: unknown) => void;
}

/** Carries calls to the instances of one family. */
export interface Caller {
  /** How messages name the family. Without it, it cannot be sent. */
  readonly id?: FamilyId;
  /** How many workers there are; each has one instance. */
  readonly size: number;
  /** Says who is called. */
  readonly picker: WorkerPicker;
  /** Calls the method with this number on the instance of a worker. */
  call(worker: number, method: number, args: unknown[]): Promise<unknown>;
  /**
   * Calls a method on the instances of some workers, of all or of none.
   *
   * @throws {QueueFullError} If too many calls to one of them are under way.
   * @throws {TypeError} If an argument cannot be sent.
   * @throws {RuntimeClosedError} If the runtime is closed.
   */
  forward(call: ForwardedCall): void;
  /** Calls a method that is a generator. */
  stream(
    label: string,
    worker: number,
    method: number,
    args: unknown[],
  ): AsyncIterableIterator<unknown>;
}
