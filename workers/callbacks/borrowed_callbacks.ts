/**
 * The callbacks that a thread got from others.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { MissingExportsError } from "../../codec/missing_exports_error.ts";
import { encodeArguments } from "../../codec/encode.ts";
import type { Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import { onTick } from "../../sync/thread/keep_alive.ts";
import { addLocalStack } from "../errors.ts";
import { CALLBACK, HANDLED, WANTED } from "../mailbox/frame_kind.ts";
import type { Peer } from "../mailbox/peer.ts";
import { Scratch } from "../desk/scratch.ts";
import { CallPromise } from "./call_promise.ts";
import {
  after,
  before,
  NOTHING,
  RELEASED,
  say,
  type ThreadCallbacksOptions,
  VALUE,
} from "./called.ts";
import { released } from "./given.ts";

/** A call that this thread made. */
interface Outgoing {
  readonly to: Peer;
  readonly promise: CallPromise;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** Calls of this thread to callbacks of others. */
export class BorrowedCallbacks {
  readonly #options: ThreadCallbacksOptions;
  readonly #scratch = new Scratch();
  readonly #outgoing = new Map<number, Outgoing>();
  #next = 1;
  readonly #stopTicks: () => void;

  /** None yet. */
  constructor(options: ThreadCallbacksOptions) {
    this.#options = options;
    this.#stopTicks = onTick(() => this.#sayWhatIsWanted());
  }

  /**
   * Calls the callback of a thread with a number.
   *
   * @throws {TypeError} If an argument cannot be sent.
   */
  call(to: Peer, id: number, args: unknown[]): CallPromise {
    const { mailbox } = this.#options;
    const number = this.#next;
    this.#say(to, CALLBACK, (out) => {
      out.word(number);
      out.word(id);
      encodeArguments(out, args);
    });
    this.#next = after(number);
    let resolve!: (value: unknown) => void;
    let reject!: (reason: unknown) => void;
    const promise = new CallPromise((...settle) => [resolve, reject] = settle);
    if (mailbox.peer(to.slot) !== to) {
      promise.hush();
      reject(released());
      return promise;
    }
    this.#outgoing.set(number, { to, promise, resolve, reject });
    promise.onAwaited = () => {
      // From here on it is worth waiting for.
      if (!this.#outgoing.has(number)) return;
      mailbox.expectations.expect(to.slot);
      mailbox.wait();
      if (this.#options.blocks(to.slot)) this.#sayWanted(to, number);
    };
    return promise;
  }

  /** Calls were answered. */
  answered(frame: Reader): void {
    const number = frame.word();
    const what = frame.word();
    if (what === NOTHING) {
      const count = Math.min(frame.word(), this.#outgoing.size);
      for (let k = count - 1; k >= 0; k--) {
        this.#take(before(number, k))?.resolve(undefined);
      }
      return;
    }
    const call = this.#take(number);
    if (call === undefined) return;
    if (what === RELEASED) return refuse(call, released());
    this.#settle(number, call, what, frame);
  }

  #settle(number: number, call: Outgoing, what: number, frame: Reader): void {
    let value: unknown;
    try {
      value = decode(frame);
    } catch (error) {
      if (!(error instanceof MissingExportsError)) return refuse(call, error);
      const kept = frame.copy();
      return void error.import().then(
        () => this.#settle(number, call, what, kept),
        (error) => refuse(call, error),
      );
    }
    if (what === VALUE) call.resolve(value);
    else this.#failed(number, call, value);
  }

  /** A thread is gone. */
  forget(peer: Peer, reason: () => Error): void {
    for (const [number, call] of [...this.#outgoing]) {
      if (call.to !== peer) continue;
      this.#outgoing.delete(number);
      refuse(call, reason());
    }
  }

  /** This thread ends. */
  close(): void {
    this.#stopTicks();
  }

  #failed(number: number, call: Outgoing, error: unknown): void {
    try {
      addLocalStack(error);
    } catch (error) {
      refuse(call, error);
    }
    // Who awaits it does so by now, or nobody hears of it here.
    queueMicrotask(() => {
      this.#say(call.to, HANDLED, (out) => {
        out.word(number);
        out.word(call.promise.isAwaited ? 1 : 0);
      });
    });
  }

  #take(number: number): Outgoing | undefined {
    const call = this.#outgoing.get(number);
    if (call === undefined) return undefined;
    this.#outgoing.delete(number);
    if (call.promise.isAwaited) {
      this.#options.mailbox.expectations.expectLess(call.to.slot);
    }
    return call;
  }

  /** A thread that blocks has to hear what is awaited of it. */
  #sayWhatIsWanted(): void {
    for (const [number, { to, promise }] of this.#outgoing) {
      if (promise.isAwaited && this.#options.blocks(to.slot)) {
        this.#sayWanted(to, number);
      }
    }
  }

  #sayWanted(to: Peer, number: number): void {
    this.#say(to, WANTED, (out) => out.word(number));
  }

  #say(to: Peer, kind: number, write: (out: Writer) => void): void {
    const { mailbox } = this.#options;
    say({ mailbox, scratch: this.#scratch }, to, kind, write);
  }
}

/** Rejects a call, and nobody has to hear of it. */
function refuse({ promise, reject }: Outgoing, reason: unknown): void {
  promise.hush();
  reject(reason);
}
