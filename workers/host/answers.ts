/**
 * The answers of a worker, and what it still has to answer.
 *
 * @module
 */

import { encode } from "../../codec/encode.ts";
import type { Writer } from "../../codec/writer.ts";
import { ENDED, FAILURE, ITEM, RESULT } from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { Acknowledgements } from "./acknowledgements.ts";
import { encodeFailure } from "./outcome.ts";
import type { Peer } from "../mailbox/peer.ts";
import { Scratch } from "../desk/scratch.ts";
import { type BatchResults, encodeOutcome } from "../tasks/batch_frame.ts";

/** Whether nobody waits for something any more that was asked for. */
export type IsGivenUp = (from: Peer, number: number) => boolean;

/** A number is that of a thread, which has a slot: below 2^10. */
function keyOf({ slot }: Peer, number: number): number {
  return slot * 2 ** 32 + (number >>> 0);
}

/** Answers what others ask of this thread. */
export class Answers {
  readonly #mailbox: Mailbox;
  readonly #isGivenUp: IsGivenUp;
  readonly #scratch = new Scratch();
  readonly #acknowledgements: Acknowledgements;
  /** Is called when more or less is running. */
  onChange: (() => void) | undefined = undefined;
  /** Tickets of what is timed, by who asked and by what number. */
  readonly #tickets = new Map<number, number>();
  #running = 0;
  #begun = 0;
  #idle: (() => void) | undefined;

  /**
   * Answers through a mailbox.
   *
   * @param isGivenUp Tells what failed from what was made to end.
   * @param outside Runs a function as part of nothing that runs on this thread.
   * Default: just so.
   */
  constructor(
    mailbox: Mailbox,
    isGivenUp: IsGivenUp,
    outside: (run: () => void) => void = (run) => run(),
  ) {
    this.#mailbox = mailbox;
    this.#isGivenUp = isGivenUp;
    this.#acknowledgements = new Acknowledgements({
      send: (to, numbers) => this.#acknowledge(to, numbers),
      outside,
    });
  }

  /**
   * Something was started that {@linkcode done}, {@linkcode doneBatch},
   * {@linkcode failed} or {@linkcode givenUp} ends.
   */
  begin(to: Peer, number: number): void {
    this.enter();
    const ticket = this.#mailbox.recorder.started();
    if (ticket !== 0) this.#tickets.set(keyOf(to, number), ticket);
  }

  /** Something is done here that is no call, until {@linkcode leave}. */
  enter(): void {
    this.#running++;
    this.#begun++;
    this.onChange?.();
  }

  /** How much was ever started. */
  get begun(): number {
    return this.#begun;
  }

  /** How much is running. */
  get running(): number {
    return this.#running;
  }

  /** Ends it with a value. */
  done(to: Peer, number: number, value: unknown, label: string): void {
    try {
      this.value(to, number, value, label);
    } catch (error) {
      return this.failed(to, number, error);
    }
    this.#mailbox.recorder.done(this.#ticketOf(to, number));
    this.leave();
  }

  /** Ends it, where nobody waits for the result. */
  doneUnanswered(to: Peer, number: number): void {
    this.#acknowledgements.add(to, number);
    this.#mailbox.recorder.done(this.#ticketOf(to, number));
    this.leave();
  }

  #acknowledge(to: Peer, numbers: readonly number[]): void {
    const out = this.#scratch.take();
    for (const number of numbers) out.word(number);
    this.#mailbox.answer(to, ENDED, out);
    this.#scratch.give(out);
  }

  /** Ends it with nothing: nobody waits for it any more. */
  givenUp(to: Peer, number: number): void {
    this.value(to, number, undefined, "");
    this.#mailbox.recorder.cancelled(this.#ticketOf(to, number));
    this.leave();
  }

  /** Answers what was given up before it was started. */
  skipped(to: Peer, number: number): void {
    this.value(to, number, undefined, "");
    this.#mailbox.recorder.skipped();
  }

  /** Ends a batch, with the results of its items. */
  doneBatch(
    to: Peer,
    number: number,
    results: BatchResults,
    label: string,
  ): void {
    const out = this.#frameFor(number);
    try {
      encodeOutcome(out, results, label);
      this.#mailbox.answer(to, RESULT, out);
    } catch (error) {
      out.drop();
      return this.failed(to, number, error);
    } finally {
      this.#scratch.give(out);
    }
    this.#mailbox.recorder.done(this.#ticketOf(to, number));
    this.leave();
  }

  /** Ends it with what was thrown. */
  failed(to: Peer, number: number, error: unknown): void {
    this.error(to, number, error);
    const { recorder } = this.#mailbox;
    const ticket = this.#ticketOf(to, number);
    if (this.#isGivenUp(to, number)) recorder.cancelled(ticket);
    else recorder.failed(ticket);
    this.leave();
  }

  #ticketOf(to: Peer, number: number): number {
    if (this.#tickets.size === 0) return 0;
    const key = keyOf(to, number);
    const ticket = this.#tickets.get(key);
    if (ticket === undefined) return 0;
    this.#tickets.delete(key);
    return ticket;
  }

  /** Resolves when nothing is running. */
  async idle(): Promise<void> {
    if (this.#running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    await promise;
  }

  /**
   * Answers what was not started.
   *
   * @throws {TypeError} If the value cannot be sent.
   */
  value(to: Peer, number: number, value: unknown, label: string): void {
    this.#send(to, RESULT, number, value, label);
  }

  /**
   * Sends a part of an answer.
   *
   * @throws {TypeError} If the value cannot be sent.
   */
  item(to: Peer, number: number, value: unknown, label: string): void {
    this.#send(to, ITEM, number, value, label);
  }

  #send(
    to: Peer,
    kind: number,
    number: number,
    value: unknown,
    label: string,
  ): void {
    const out = this.#frameFor(number);
    try {
      encode(out, value, label);
      this.#mailbox.answer(to, kind, out);
    } finally {
      this.#scratch.give(out);
    }
  }

  /** Begins an answer, behind those that need none. */
  #frameFor(number: number): Writer {
    this.#acknowledgements.flush();
    const out = this.#scratch.take();
    out.word(number);
    return out;
  }

  /** Answers what was not started with an error. */
  error(to: Peer, number: number, error: unknown): void {
    const out = this.#frameFor(number);
    encodeFailure(out, error);
    this.#mailbox.answer(to, FAILURE, out);
    this.#scratch.give(out);
  }

  /** Something has ended. */
  leave(): void {
    this.#running--;
    this.onChange?.();
    if (this.#running > 0) return;
    const idle = this.#idle;
    this.#idle = undefined;
    idle?.();
  }
}
