/**
 * Calls and tasks that are answered in parts.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import { PULL } from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import type { Directory } from "./directory.ts";
import type { NumberedCall, PendingCalls } from "./pending_calls.ts";
import type { Scratch } from "./scratch.ts";

/** What streams need. */
export interface StreamCallsOptions {
  /** How the workers are reached. */
  readonly mailbox: Mailbox;
  /** Who they are. */
  readonly directory: Directory;
  /** Lends writers. */
  readonly scratch: Scratch;
}

/** The streams that this thread reads. */
export class StreamCalls {
  readonly #pending: PendingCalls;
  readonly #options: StreamCallsOptions;

  /** None yet. */
  constructor(pending: PendingCalls, options: StreamCallsOptions) {
    this.#pending = pending;
    this.#options = options;
  }

  /**
   * A stream has yielded something.
   *
   * @throws {MissingExportsError} If it cannot be read yet; then nothing was done.
   */
  item(from: Peer, number: number, frame: Reader): void {
    const items = this.#pending.get(number)?.items;
    if (items === undefined) return;
    let value: unknown;
    try {
      value = decode(frame);
    } catch (error) {
      if (error instanceof MissingExportsError) throw error;
      return items.broken(error);
    }
    items.item(value, { pull: (credit) => this.#pull(from, number, credit) });
  }

  #pull(from: Peer, number: number, credit: number): void {
    if (this.#pending.get(number) === undefined) return;
    const { scratch, mailbox } = this.#options;
    const out = scratch.take();
    out.word(number);
    out.word(credit);
    mailbox.answer(from, PULL, out);
    scratch.give(out);
  }

  /** Somebody waits for the next item of a stream, or nobody does any more. */
  expectItems(call: NumberedCall, isAwaited: boolean): void {
    if (this.#pending.get(call.number) !== call) return;
    if (isAwaited !== (call.isResting ?? false)) return;
    if (!isAwaited && call.isEnding === true) return;
    const { mailbox, directory } = this.#options;
    const { expectations } = mailbox;
    if (call.worker < 0) {
      call.isResting = !isAwaited;
      if (!isAwaited) return expectations.expectLessFromAny();
      expectations.expectFromAny();
      return mailbox.wait();
    }
    const slot = directory.slotOf(call.worker);
    if (slot < 0) return;
    call.isResting = !isAwaited;
    if (!isAwaited) return expectations.expectLess(slot);
    expectations.expect(slot);
    mailbox.wait();
  }
}
