/**
 * What stands behind the handles of one instance in one home.
 *
 * @module
 */

import type { SharedSlice } from "../sync/memory/memory.ts";
import type { InstanceHome } from "./instance_home.ts";

/** A handle, as it is sent. */
export interface SentHandle {
  /** The name of the family, for errors. */
  readonly name: string;
  /** The home of the instance. */
  readonly home: string;
  /** Which of that home's it is. */
  readonly number: number;
  /** The thread of that home. */
  readonly thread: number;
  /** The worker whose home it is; undefined: the thread is none. */
  readonly worker: number | undefined;
  /** The ticket of this handle. */
  readonly ticket: number;
  /** Where the tickets are. */
  readonly memory: SharedSlice;
}

/** Handles of one instance in one home. */
export interface Holding {
  /** The name of the family, for errors. */
  readonly name: string;
  /** Where the handles are. */
  readonly home: InstanceHome;
  /** The instance, if it is here and was not disposed. */
  readonly instance: object | undefined;
  /** Whether the instance is one of this home. */
  readonly isHere: boolean;
  /** The worker whose instance it is; undefined: that of a thread that is none. */
  readonly worker: number | undefined;
  /** Whether the instance is there, wherever that is. */
  readonly isAlive: boolean;
  /** Counts one more handle. */
  add(): void;
  /**
   * Counts one handle less.
   *
   * @returns What the disposer of the instance returns, if it runs.
   * @throws What the disposer throws.
   */
  release(): unknown;
  /** For one who has a handle: sends one more. */
  send(): SentHandle;
  /** That was not sent after all. */
  takeBack(sent: SentHandle): void;
}
