/**
 * What the two events are told when they are made.
 *
 * @module
 */

/** Options of the events. */
export interface EventOptions {
  /** Whether it is set from the start. Default: false. */
  readonly set?: boolean;
}
