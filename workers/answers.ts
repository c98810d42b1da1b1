/**
 * The answers of a worker, and what it still has to answer.
 *
 * @module
 */

import { encode } from "../codec/encode.ts";
import { FAILURE, ITEM, RESULT } from "./frame_kind.ts";
import type { Mailbox } from "./mailbox.ts";
import { encodeFailure } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import { Scratch } from "./scratch.ts";

/** Answers what others ask of this thread. */
export class Answers {
  readonly #mailbox: Mailbox;
  readonly #scratch = new Scratch();
  #running = 0;
  #begun = 0;
  #idle: (() => void) | undefined;

  /** Answers through a mailbox. */
  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** Something was started that {@linkcode done} or {@linkcode failed} ends. */
  begin(): void {
    this.#running++;
    this.#begun++;
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
      this.error(to, number, error);
    }
    this.#finish();
  }

  /** Ends it with what was thrown. */
  failed(to: Peer, number: number, error: unknown): void {
    this.error(to, number, error);
    this.#finish();
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
    const out = this.#scratch.take();
    try {
      out.word(number);
      encode(out, value, label);
      this.#mailbox.answer(to, kind, out);
    } finally {
      this.#scratch.give(out);
    }
  }

  /** Answers what was not started with an error. */
  error(to: Peer, number: number, error: unknown): void {
    const out = this.#scratch.take();
    out.word(number);
    encodeFailure(out, error);
    this.#mailbox.answer(to, FAILURE, out);
    this.#scratch.give(out);
  }

  #finish(): void {
    if (--this.#running > 0) return;
    const idle = this.#idle;
    this.#idle = undefined;
    idle?.();
  }
}
