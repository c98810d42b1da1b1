/**
 * The unbound tasks of a thread: which worker has which is found out only when
 * one of them is lost.
 *
 * @module
 */

import type { Writer } from "../../codec/writer.ts";
import type { ThreadId } from "../../sync/thread/thread.ts";
import type { Injection } from "../injection/injection.ts";
import type { Priority } from "../../sync/mail/injector.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { Directory } from "./directory.ts";
import { type Loss, lostForGood, lostWith } from "./loss.ts";
import type {
  NumberedCall,
  PendingCall,
  PendingCalls,
} from "./pending_calls.ts";

/** What unbound tasks need. */
export interface UnboundCallsOptions {
  /** How they are handed over. */
  readonly mailbox: Mailbox;
  /** Who the workers are. */
  readonly directory: Directory;
  /** The unbound tasks of the runtime. */
  readonly injection: Injection;
  /** Is called when some were rejected. */
  readonly onSettled: () => void;
}

/** The unbound tasks of this thread that are under way. */
export class UnboundCalls {
  readonly #mailbox: Mailbox;
  readonly #directory: Directory;
  readonly #injection: Injection;
  readonly #pending: PendingCalls;
  readonly #onSettled: () => void;
  #count = 0;
  /** Lost workers that may have taken some, until that is sure. */
  #losses: Loss[] = [];

  /** None yet. */
  constructor(pending: PendingCalls, options: UnboundCallsOptions) {
    this.#pending = pending;
    this.#mailbox = options.mailbox;
    this.#directory = options.directory;
    this.#injection = options.injection;
    this.#onSettled = options.onSettled;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /**
   * Numbers a task that any worker may run, and hands it over. Its first three words
   * are left for that.
   *
   * @throws {RangeError} If it is too long for that.
   */
  send(priority: Priority, out: Writer, call: NumberedCall): void {
    if (this.#haveAllFailed) return call.reject(this.#lostForGood());
    const number = this.#pending.add(call);
    out.words[0] = this.#mailbox.slot;
    out.words[1] = this.#mailbox.generation;
    out.words[2] = number;
    try {
      this.#mailbox.sendUnbound(priority, out);
    } catch (error) {
      this.#pending.take(number);
      throw error;
    }
    call.number = number;
    call.ticket = this.#mailbox.recorder.called();
    this.#count++;
    this.#mailbox.expectations.expectFromAny();
  }

  /** One was answered, or will not be. */
  forget(call: PendingCall): void {
    this.#count--;
    this.#mailbox.recorder.settled(call.ticket!);
    if ((call as NumberedCall).isResting !== true) {
      this.#mailbox.expectations.expectLessFromAny();
    }
  }

  /** None is waited for any more. */
  clear(): void {
    this.#count = 0;
  }

  get #haveAllFailed(): boolean {
    const directory = this.#directory;
    for (let worker = 0; worker < directory.size; worker++) {
      if (!directory.hasFailed(worker)) return false;
    }
    return true;
  }

  /** Rejects all: there is no worker any more that takes them. */
  rejectAll(): void {
    for (const [number, call] of this.#pending.unbound()) {
      // Its frame may be read yet: the number stays taken until then.
      this.#injection.cells.cancel(number);
      if (this.#pending.drop(number)) this.forget(call);
      call.reject(this.#lostForGood());
    }
    this.#onSettled();
  }

  #lostForGood(): Error {
    return lostForGood(this.#directory, 0);
  }

  /**
   * Gives up those that nobody has taken. They are rejected now: whoever takes one
   * all the same finds that it was given up, and answers with nothing.
   */
  withdrawUntaken(reason: () => Error): void {
    for (const [number, call] of this.#pending.unbound()) {
      if (this.#injection.takerOf(number) !== 0) continue;
      (call as NumberedCall).withdraw(reason());
    }
  }

  /**
   * Rejects those that lost workers had taken. One that nobody has taken runs
   * elsewhere.
   */
  rejectTaken(loss?: Loss): void {
    if (loss !== undefined) this.#losses.push(loss);
    if (this.#losses.length === 0 || !this.#injection.recover()) return;
    const losses = this.#losses;
    this.#losses = [];
    for (const [number, call] of this.#pending.unbound()) {
      const taker = this.#takerOf(number);
      const loss = losses.find(({ thread }) => thread === taker);
      if (loss === undefined) continue;
      this.#pending.take(number);
      this.forget(call);
      call.worker = loss.worker;
      call.reject(lostWith(loss, call, true));
    }
    this.#onSettled();
  }

  /** The threads that have taken some. */
  takers(): Set<ThreadId> {
    const takers = new Set<ThreadId>();
    if (this.#count === 0) return takers;
    for (const [number] of this.#pending.unbound()) {
      const taker = this.#takerOf(number);
      if (taker !== 0) takers.add(taker);
    }
    return takers;
  }

  /** Also one that gave it back: it may have been lost on the way. */
  #takerOf(number: number): ThreadId {
    return Math.abs(this.#injection.takerOf(number));
  }
}
