/**
 * How to wait for a record, and where to put it: of queues, rings and deques.
 *
 * @module
 */

import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";

/**
 * Options of {@linkcode MpmcQueue.pop}.
 *
 * @typeParam T One record.
 */
export interface QueuePopOptions<T> extends WaitOptions {
  /** An object to put the record's fields into. Default: a new one. */
  readonly into?: T;
}

/**
 * Options of {@linkcode MpmcQueue.popAsync}.
 *
 * @typeParam T One record.
 */
export interface QueuePopAsyncOptions<T> extends WaitAsyncOptions {
  /** An object to put the record's fields into. Default: a new one. */
  readonly into?: T;
}

/**
 * Options of {@linkcode SpscConsumer.pop}.
 *
 * @typeParam T One record.
 */
export interface RingPopOptions<T> extends WaitOptions {
  /** An object to put the record's fields into. Default: a new one. */
  readonly into?: T;
}

/**
 * Options of {@linkcode SpscConsumer.popAsync}.
 *
 * @typeParam T One record.
 */
export interface RingPopAsyncOptions<T> extends WaitAsyncOptions {
  /** An object to put the record's fields into. Default: a new one. */
  readonly into?: T;
}

/**
 * Options of {@linkcode Deque.steal}.
 *
 * @typeParam T One record.
 */
export interface StealOptions<T> extends WaitOptions {
  /** An object to put the record's fields into. Default: a new one. */
  readonly into?: T;
}

/**
 * Options of {@linkcode Deque.stealAsync}.
 *
 * @typeParam T One record.
 */
export interface StealAsyncOptions<T> extends WaitAsyncOptions {
  /** An object to put the record's fields into. Default: a new one. */
  readonly into?: T;
}
