/**
 * The last words of a worker: however it ends, it never does without one, as far
 * as that can be helped.
 *
 * @module
 */

import { encode } from "../../codec/encode.ts";
import { inWords } from "../../codec/in_words.ts";
import { Writer } from "../../codec/writer.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { STARTER } from "../life/control.ts";
import { FAULT } from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";

/** Says why this thread ends. */
export class LastWords {
  readonly #mailbox: Mailbox;
  #ending = false;

  /** Nothing is said yet. */
  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** It ends as it was asked to: there is nothing to say. */
  hush(): void {
    this.#ending = true;
  }

  say(reason: string, error?: unknown, isStray = false): void {
    if (this.#ending) return;
    this.#ending = true;
    const mailbox = this.#mailbox;
    const out = new Writer(256);
    out.word(0);
    try {
      encode(out, { reason, error, isStray }, "error");
    } catch {
      encode(out, { reason, error: inWords(error), isStray }, "error");
    }
    mailbox.peer(STARTER);
    for (const { slot } of mailbox.peers) {
      if (slot !== mailbox.slot) mailbox.send(slot, FAULT, out);
    }
    mailbox.close(); // which publishes them
    // Not before: who finds this thread lost, and no last words, says that it had none.
    const { threads, id } = currentThread();
    threads.markLost(id);
  }
}
