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

/** What ends a worker from inside. */
export interface ClosingScope {
  /** Ends this worker. */
  close(): void;
}

/** Says why this thread ends. */
export class LastWords {
  readonly #mailbox: Mailbox;
  #ending = false;

  /**
   * Listens to everything by which this thread may end.
   *
   * @param close The scope's own way to end it.
   */
  constructor(mailbox: Mailbox, scope: ClosingScope, close: () => void) {
    this.#mailbox = mailbox;
    globalThis.addEventListener("error", (event) => {
      event.preventDefault();
      this.#say("it threw an error that nobody caught", event.error);
      close();
    });
    globalThis.addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      this.#say("a promise was rejected and nobody handled it", event.reason);
      close();
    });
    scope.close = () => {
      this.#say("it closed itself");
      close();
    };
    const deno = (globalThis as { Deno?: { exit?(code?: number): never } })
      .Deno;
    const exit = deno?.exit;
    if (deno === undefined || exit === undefined) return;
    deno.exit = (code) => {
      this.#say(`it called Deno.exit(${code ?? ""})`);
      return exit(code);
    };
  }

  /** It ends as it was asked to: there is nothing to say. */
  hush(): void {
    this.#ending = true;
  }

  #say(reason: string, error?: unknown): void {
    if (this.#ending) return;
    this.#ending = true;
    const mailbox = this.#mailbox;
    const { threads, id } = currentThread();
    threads.markLost(id);
    const out = new Writer(256);
    out.word(0);
    try {
      encode(out, { reason, error }, "error");
    } catch {
      encode(out, { reason, error: inWords(error) }, "error");
    }
    mailbox.peer(STARTER);
    for (const { slot } of mailbox.peers) {
      if (slot !== mailbox.slot) mailbox.send(slot, FAULT, out);
    }
    mailbox.close();
  }
}
