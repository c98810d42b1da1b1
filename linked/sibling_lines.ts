/**
 * Lines: the messages that wait for each instance of a family.
 *
 * @module
 */

import type { WaitAsyncOptions, WaitOptions } from "../sync/thread/wait.ts";

/** The messages for one instance, as it takes them. */
export interface SiblingLine {
  /** As `Receiver.tryRecv()`. */
  tryRecv(): unknown;
  /** As `Receiver.recv()`. */
  recv(options: WaitOptions): unknown;
  /** As `Receiver.recvAsync()`. */
  recvAsync(options: WaitAsyncOptions): Promise<unknown>;
  /** Calls that wait fail; messages stay, for the next instance in its place. */
  close(): void;
}

/** The lines of all instances of a family that workers host. */
export interface SiblingLines {
  /** Adds to the line of an instance. Never waits. */
  send(to: number, message: unknown): void;
  /** Opens the line of an instance, on its thread. */
  open(index: number): SiblingLine;
}

/** Where a family is linked, as one thread sees it. */
export interface SiblingPlace {
  /** The worker that this thread is; -1: none. */
  readonly index: number;
  /** All workers; each has one instance. There may be more or fewer later. */
  readonly workers: { readonly size: number };
  /** What they have to say to each other. */
  readonly lines: SiblingLines;
}
