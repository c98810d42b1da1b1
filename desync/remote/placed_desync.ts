import type { Ordered, Reference } from "../ordered.ts";

/**
 * Data on one worker of a runtime, protected by the order of what is done with it: what
 * `Desync.on()` gives. All threads of the runtime can use it: it can be sent to them.
 *
 * Jobs are portable functions: they use only their arguments and globals, or a module exports
 * them with `portable()`. Arguments and results are copied.
 *
 * @typeParam T What the data is.
 */
export interface PlacedDesync<T> extends Ordered<[ref: Reference<T>]> {
  /** Only for the compiler: it can be sent. */
  readonly "~sendable": true;
  /** The index of its worker. */
  readonly worker: number;
}
