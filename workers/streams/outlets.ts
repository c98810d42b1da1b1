/**
 * The generators that run on this thread for others.
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { TaskCells } from "../../sync/mail/task_cells.ts";
import type { Answers } from "../host/answers.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Peer } from "../mailbox/peer.ts";
import { WINDOW } from "./inflow.ts";
import { Outlet } from "./outlet.ts";

/** A stream that somebody asked for. */
export interface StreamRequest {
  /** Who asked. */
  readonly from: Peer;
  /** By what number. */
  readonly number: number;
  /** How errors name what it yields. */
  readonly label: string;
  /** How many items may be on their way. Default: {@linkcode WINDOW}. */
  readonly window?: number;
  /** Runs code of the generator, as part of its task. */
  enter<R>(run: () => R): R;
  /** What is told of what was thrown. */
  explain(error: unknown): unknown;
  /** It has ended. */
  readonly ended: () => void;
}

/** All streams that others read from this thread. */
export class Outlets {
  readonly #answers: Answers;
  readonly #mailbox: Mailbox;
  readonly #cellsOf: (slot: number) => TaskCells;
  readonly #open = new Map<Peer, Map<number, Outlet>>();
  /** Counts what is opened and yielded. */
  activity = 0;

  /** No streams yet. */
  constructor(
    answers: Answers,
    mailbox: Mailbox,
    cellsOf: (slot: number) => TaskCells,
  ) {
    this.#cellsOf = cellsOf;
    this.#answers = answers;
    this.#mailbox = mailbox;
  }

  /** Sends what a generator yields. Its start was told to `answers`. */
  open(request: StreamRequest, result: unknown): void {
    const { from, number, label, window = WINDOW, enter, explain } = request;
    this.activity++;
    const answers = this.#answers;
    const mailbox = this.#mailbox;
    const ended = () => {
      const streams = this.#open.get(from);
      streams?.delete(number);
      if (streams?.size === 0) this.#open.delete(from);
      request.ended();
    };
    const outlet = new Outlet({
      item: (value) => {
        this.activity++;
        answers.item(from, number, value, label);
      },
      done: (value) => {
        ended();
        answers.done(from, number, value, label);
      },
      failed: (error) => {
        ended();
        answers.failed(from, number, explain(error));
      },
      enter,
      get isBlocked() {
        return mailbox.blocks;
      },
    }, window);
    let streams = this.#open.get(from);
    if (streams === undefined) this.#open.set(from, streams = new Map());
    streams.set(number, outlet);
    outlet.start(result);
  }

  /** How many there are. */
  get size(): number {
    let size = 0;
    for (const streams of this.#open.values()) size += streams.size;
    return size;
  }

  /** Somebody wants more of a stream. */
  pull(from: Peer, frame: Reader): void {
    const number = frame.word();
    this.of(from, number)?.pull(frame.word());
  }

  /** A stream that somebody reads. */
  of(from: Peer, number: number): Outlet | undefined {
    return this.#open.get(from)?.get(number);
  }

  /** Whether a stream was given up before it started. */
  isGivenUp(from: Peer, number: number): boolean {
    return this.#cellsOf(from.slot).isCancelled(number);
  }

  /** A thread is gone: nobody wants what it asked for. */
  forget(peer: Peer): void {
    const streams = this.#open.get(peer);
    if (streams === undefined) return;
    this.#open.delete(peer);
    for (const outlet of streams.values()) outlet.stop("return", undefined);
  }

  /** Ends the streams of threads that are gone. */
  endLost(): void {
    const { threads } = currentThread();
    for (const peer of [...this.#open.keys()]) {
      if (!threads.isLive(peer.thread)) this.forget(peer);
    }
  }
}
