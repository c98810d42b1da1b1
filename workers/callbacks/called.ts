/**
 * The words of `CALLED`, which answers calls of callbacks: `[call, what, …]`.
 *
 * @module
 */

import type { Writer } from "../../codec/writer.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Scratch } from "../desk/scratch.ts";

/** It returned a value, which follows. */
export const VALUE = 0;
/** It threw an error, which follows. */
export const ERROR = 1;
/** It and those before it returned nothing: how many follows. */
export const NOTHING = 2;
/** It cannot be called any more. */
export const RELEASED = 3;

/** What callbacks need of their thread. */
export interface ThreadCallbacksOptions {
  /** Carries the frames. */
  readonly mailbox: Mailbox;
  /** Whether the thread in a slot blocks at the moment. */
  readonly blocks: (slot: number) => boolean;
}

/** The number of the call that is so many before another one. */
export function before(number: number, count: number): number {
  const earlier = number - count;
  return earlier > 0 ? earlier : earlier + 2 ** 31 - 1;
}

/** The number of the next call. */
export function after(number: number): number {
  return number === 2 ** 31 - 1 ? 1 : number + 1;
}

/** Sends words. */
export function say(
  { mailbox, scratch }: {
    readonly mailbox: Mailbox;
    readonly scratch: Scratch;
  },
  to: Peer,
  kind: number,
  write: (out: Writer) => void,
): void {
  const out = scratch.take();
  try {
    write(out);
    mailbox.answer(to, kind, out);
  } finally {
    scratch.give(out);
  }
}
