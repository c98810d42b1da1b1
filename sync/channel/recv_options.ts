/**
 * How to wait for a message, and where to put it.
 *
 * @module
 */

import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";

/** Options of {@linkcode Receiver.recv}. */
export interface RecvOptions<T> extends WaitOptions {
  /** Where to put a struct that is received. Default: a new object. */
  readonly into?: T;
}

/** Options of {@linkcode Receiver.recvAsync}. */
export interface RecvAsyncOptions<T> extends WaitAsyncOptions {
  /** Where to put a struct that is received. Default: a new object. */
  readonly into?: T;
}
