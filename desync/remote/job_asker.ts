/**
 * Who has asked for a job.
 *
 * @module
 */

import { encodeFailure } from "../../workers/host/outcome.ts";
import type { Hosting } from "../../workers/host/hosting.ts";
import { JOB_MAIL } from "../../workers/mailbox/frame_kind.ts";
import type { Peer } from "../../workers/mailbox/peer.ts";
import { HEAD, STRAY } from "./job_frame.ts";

/** The thread that asked for a job, and by what number it awaits what comes of it. */
export class JobAsker {
  /** The thread; undefined: it is gone. */
  readonly peer: Peer | undefined;
  /** Nobody waits if it is 0. */
  readonly number: number;
  readonly #hosting: Hosting;

  constructor(hosting: Hosting, peer: Peer | undefined, number: number) {
    this.#hosting = hosting;
    this.peer = peer;
    this.number = number;
  }

  /** Whether nobody waits for it any more. */
  get isGone(): boolean {
    return this.number !== 0 && (this.peer === undefined ||
      this.#hosting.cellsOf(this.peer.slot).isCancelled(this.number));
  }

  /** Tells what came of it. */
  done(value: unknown, label: string): void {
    const { peer, number } = this;
    if (peer === undefined || number === 0) return;
    const { answers } = this.#hosting;
    try {
      answers.value(peer, number, value, label);
    } catch (error) {
      answers.error(peer, number, error);
    }
  }

  /** Tells why nothing came of it. */
  failed(reason: unknown): void {
    const { peer, number } = this;
    if (peer === undefined) return;
    if (number !== 0) this.#hosting.answers.error(peer, number, reason);
  }

  /** It has failed and nobody waits for it: it becomes a rejection where it was asked for. */
  stray(reason: unknown): void {
    const { peer } = this;
    if (peer === undefined) return;
    const { desk, mailbox } = this.#hosting;
    const out = desk.scratch.take();
    out.word(STRAY);
    for (let k = 1; k < HEAD; k++) out.word(0);
    encodeFailure(out, reason);
    mailbox.answer(peer, JOB_MAIL, out);
    desk.scratch.give(out);
  }
}
