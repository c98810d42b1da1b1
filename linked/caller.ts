/**
 * What a family asks of the runtime that it is linked to.
 *
 * @module
 */

/** Carries calls to the instances of one family. */
export interface Caller {
  /** How many workers there are; each has one instance. */
  readonly size: number;
  /** Calls the method with this number on the instance of a worker. */
  call(worker: number, method: number, args: unknown[]): Promise<unknown>;
  /** The worker to which a call goes that any of them can do. */
  pick(): number;
}
