/**
 * Calls of others to the callbacks that a thread has given them.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import type { Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import { CALLED } from "../mailbox/frame_kind.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { isThenable } from "../../codec/thenable.ts";
import { encodeFailure, isAsync } from "../host/outcome.ts";
import type { Peer } from "../mailbox/peer.ts";
import { Scratch } from "../desk/scratch.ts";
import { before, ERROR, NOTHING, RELEASED, say, VALUE } from "./called.ts";
import { type Given, GivenCallbacks, type Receiver } from "./given.ts";

/** A call that is not answered. */
interface Incoming {
  readonly from: Peer;
  readonly number: number;
  readonly given: Given;
  /** Its arguments, if it has not begun. */
  frame: Reader | undefined;
}

/** Calls that returned nothing, and were not answered yet. */
interface Quiet {
  readonly to: Peer;
  readonly last: number;
  readonly count: number;
}

/** The callbacks of this thread, and the calls to them. */
export class LentCallbacks {
  /** Those that this thread has given. */
  readonly given: GivenCallbacks = new GivenCallbacks();
  /** What this thread blocks for without end, from the outermost on. */
  readonly joins: Receiver[] = [];
  readonly #mailbox: Mailbox;
  readonly #contextOf: (peer: Peer) => object;
  readonly #scratch = new Scratch();
  /** Those that wait until this thread no longer blocks, in order. */
  #deferred: Incoming[] = [];
  /** Those that gave a promise. */
  readonly #promised = new Set<Incoming>();
  #isScheduled = false;
  /** Those that wait for modules, and all behind them from the same thread. */
  readonly #importing = new Map<Peer, Incoming[]>();
  #quiet: Quiet | undefined;
  /** Errors of which the caller has not said whether somebody handles them. */
  readonly #errors = new Map<Peer, Map<number, unknown>>();

  /** None yet. */
  constructor(mailbox: Mailbox, contextOf: (peer: Peer) => object) {
    this.#mailbox = mailbox;
    this.#contextOf = contextOf;
  }

  /** Somebody calls one. */
  called(from: Peer, frame: Reader): void {
    const number = frame.word();
    const given = this.given.of(frame.word());
    if (given === undefined) {
      return this.#answer(from, (out) => {
        out.word(number);
        out.word(RELEASED);
      });
    }
    const call: Incoming = { from, number, given, frame };
    const mustWait = this.#mailbox.blocks &&
      (given.isRunning || isAsync(given.source.fn));
    if (this.#comesAfter(call)) return;
    if (!mustWait && this.#deferred.length === 0) return this.#run(call);
    call.frame = frame.copy();
    this.#deferred.push(call);
    this.#schedule();
  }

  /** The caller says whether somebody handles an error. */
  handled(from: Peer, frame: Reader): void {
    const number = frame.word();
    const isHandled = frame.word() !== 0;
    const errors = this.#errors.get(from);
    if (errors === undefined || !errors.has(number)) return;
    const error = errors.get(number);
    errors.delete(number);
    this.#mailbox.expectations.expectLess(from.slot);
    if (errors.size === 0) this.#errors.delete(from);
    if (!isHandled) Promise.reject(error);
  }

  /**
   * Somebody awaits a call. If it cannot be answered before this thread goes on, and
   * that waits for the very task that awaits it, neither would ever go on.
   */
  wanted(from: Peer, frame: Reader): void {
    const number = frame.word();
    this.answerQuiet();
    const importing = this.#importing.get(from);
    const call = [
      ...this.#deferred,
      ...this.#promised,
      ...importing ?? [],
    ].find((call) => call.from === from && call.number === number);
    if (call === undefined || !this.#mailbox.blocks) return;
    const { receiver, source } = call.given;
    const isCycle = source.keep
      ? this.joins.length > 0
      : receiver !== undefined && this.joins.includes(receiver);
    if (!isCycle) return;
    this.#promised.delete(call);
    this.#deferred = this.#deferred.filter((other) => other !== call);
    if (importing?.includes(call)) importing.splice(importing.indexOf(call), 1);
    this.#answerError(
      call,
      new DeadlockError(
        "Cannot call back as the thread that has the callback blocks until the task ends: join that task from elsewhere, await it, or give a callback that is not async",
      ),
    );
  }

  /** Answers what returned nothing: this thread may be about to block. */
  answerQuiet(): void {
    const quiet = this.#quiet;
    if (quiet === undefined) return;
    this.#quiet = undefined;
    this.#answer(quiet.to, (out) => {
      out.word(quiet.last);
      out.word(NOTHING);
      out.word(quiet.count);
    });
  }

  /** A thread is gone, and handles nothing. */
  forget(peer: Peer): void {
    for (const call of this.#promised) {
      if (call.from === peer) this.#promised.delete(call);
    }
    const errors = this.#errors.get(peer);
    this.#errors.delete(peer);
    for (const error of errors?.values() ?? []) Promise.reject(error);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // A thread that blocks has no microtasks.
    queueMicrotask(() => {
      this.#isScheduled = false;
      const deferred = this.#deferred;
      this.#deferred = [];
      for (const call of deferred) {
        if (!this.#comesAfter(call)) this.#run(call);
      }
    });
  }

  /** Keeps a call if one before it from the same thread waits for modules. */
  #comesAfter(call: Incoming): boolean {
    const calls = this.#importing.get(call.from);
    if (calls === undefined) return false;
    call.frame = call.frame!.copy();
    calls.push(call);
    return true;
  }

  /** Runs a call once what it needs is imported. */
  #import(call: Incoming, frame: Reader, missing: MissingExportsError): void {
    if (this.#mailbox.blocks) return this.#failed(call, missing);
    call.frame = frame.copy();
    const calls = [call];
    this.#importing.set(call.from, calls);
    const ended = (failure?: { error: unknown }) => {
      this.#importing.delete(call.from);
      if (failure !== undefined && calls[0] === call) {
        calls.shift();
        this.#failed(call, failure.error);
      }
      for (const next of calls) if (!this.#comesAfter(next)) this.#run(next);
    };
    missing.import().then(() => ended(), (error) => ended({ error }));
  }

  #run(call: Incoming): void {
    const { from, given } = call;
    const frame = call.frame!;
    call.frame = undefined;
    let args: unknown[];
    try {
      frame.context = this.#contextOf(from);
      args = decodeArguments(frame);
    } catch (error) {
      return error instanceof MissingExportsError
        ? this.#import(call, frame, error)
        : this.#failed(call, error);
    }
    from.release();
    given.isRunning = true;
    let result: unknown;
    try {
      result = given.source.fn(...args);
    } catch (error) {
      return this.#failed(call, error);
    } finally {
      given.isRunning = false;
    }
    if (result === undefined) return this.#returnedNothing(call);
    if (!isThenable(result)) return this.#returned(call, result);
    this.#promised.add(call);
    Promise.resolve(result).then(
      (value) => this.#promised.delete(call) && this.#returned(call, value),
      (error) => {
        if (this.#promised.delete(call)) this.#failed(call, error);
        else Promise.reject(error); // the caller has been told something else
      },
    );
  }

  /** Many in a row are answered by one frame. */
  #returnedNothing({ from, number }: Incoming): void {
    const quiet = this.#quiet;
    const follows = quiet !== undefined && quiet.to === from &&
      before(number, 1) === quiet.last;
    if (!follows) this.answerQuiet();
    const count = follows ? quiet.count + 1 : 1;
    this.#quiet = { to: from, last: number, count };
    if (this.#mailbox.blocks) this.answerQuiet();
    else if (!follows) queueMicrotask(() => this.answerQuiet());
  }

  #returned(call: Incoming, value: unknown): void {
    this.answerQuiet();
    try {
      this.#answer(call.from, (out) => {
        out.word(call.number);
        out.word(VALUE);
        encode(out, value, "result of the callback");
      });
    } catch (error) {
      this.#failed(call, error);
    }
  }

  #failed(call: Incoming, error: unknown): void {
    const { from, number } = call;
    this.answerQuiet();
    if (this.#mailbox.peer(from.slot) !== from) {
      return void Promise.reject(error);
    }
    let errors = this.#errors.get(from);
    if (errors === undefined) this.#errors.set(from, errors = new Map());
    errors.set(number, error);
    // The program must not end before it is known.
    this.#mailbox.expectations.expect(from.slot);
    this.#mailbox.wait();
    this.#answerError(call, error);
  }

  #answerError({ from, number }: Incoming, error: unknown): void {
    this.#answer(from, (out) => {
      out.word(number);
      out.word(ERROR);
      encodeFailure(out, error);
    });
  }

  #answer(to: Peer, write: (out: Writer) => void): void {
    const parts = { mailbox: this.#mailbox, scratch: this.#scratch };
    say(parts, to, CALLED, write);
  }
}
