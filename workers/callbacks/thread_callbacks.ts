/**
 * Callbacks between threads, in both directions. The protocol is in the folder
 * above, in the README, "Callbacks".
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { CALLBACK, CALLED, HANDLED, WANTED } from "../mailbox/frame_kind.ts";
import type { Peer } from "../mailbox/peer.ts";
import { BorrowedCallbacks } from "./borrowed_callbacks.ts";
import { type CallbackGetter, foreignCallback } from "./callback.ts";
import type { ThreadCallbacksOptions } from "./called.ts";
import type { GivenCallbacks, Receiver } from "./given.ts";
import { LentCallbacks } from "./lent_callbacks.ts";

/** The callbacks of a thread. */
export class ThreadCallbacks {
  /** The context of the frames in which this thread gives some. */
  readonly context: object;
  readonly #lent: LentCallbacks;
  readonly #borrowed: BorrowedCallbacks;

  /** None yet. */
  constructor(options: ThreadCallbacksOptions) {
    this.#borrowed = new BorrowedCallbacks(options);
    this.#lent = new LentCallbacks(options.mailbox, (peer) => this.from(peer));
    this.context = { giver: this.#lent.given };
  }

  /** Those that this thread has given. */
  get given(): GivenCallbacks {
    return this.#lent.given;
  }

  /** What calls the callbacks of a peer: the context of its frames. */
  from(peer: Peer): object {
    return peer.context ??= {
      getter: {
        get: (id: number) =>
          foreignCallback((...args) => this.#borrowed.call(peer, id, args)),
      } satisfies CallbackGetter,
    };
  }

  /** Handles a frame. Returns whether it was one of these. */
  receive(from: Peer, kind: number, frame: Reader): boolean {
    if (kind === CALLBACK) this.#lent.called(from, frame);
    else if (kind === CALLED) this.#borrowed.answered(frame);
    else if (kind === HANDLED) this.#lent.handled(from, frame);
    else if (kind === WANTED) this.#lent.wanted(from, frame);
    else return false;
    return true;
  }

  /**
   * This thread is about to block.
   *
   * @param receiver What for, if that has no end by itself.
   */
  enterJoin(receiver: Receiver | undefined): void {
    this.#lent.answerQuiet();
    if (receiver !== undefined) this.#lent.joins.push(receiver);
  }

  /** It goes on: see {@linkcode enterJoin}. */
  leaveJoin(receiver: Receiver | undefined): void {
    if (receiver !== undefined) this.#lent.joins.pop();
  }

  /** A thread is gone. */
  forget(peer: Peer, reason: () => Error): void {
    this.#borrowed.forget(peer, reason);
    this.#lent.forget(peer);
  }

  /** This thread ends. */
  close(): void {
    this.#borrowed.close();
  }
}
