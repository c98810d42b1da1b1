/**
 * Callbacks between inline workers and the program: turns of the same thread.
 *
 * @module
 */

import { decodeArguments } from "../../codec/decode.ts";
import { encodeArguments } from "../../codec/encode.ts";
import type { Writer } from "../../codec/writer.ts";
import {
  copyOf,
  copyOfFailure,
  newFrame,
  readBack,
  send,
} from "../inline/inline_copy.ts";
import { isThenable } from "../../codec/thenable.ts";
import { isAsync } from "../host/outcome.ts";
import { currentHome, whereAsked } from "../local/current_home.ts";
import type { Home } from "../local/home.ts";
import { enterTask } from "../tasks/task_context.ts";
import { foreignCallback } from "./callback.ts";
import { CallPromise } from "./call_promise.ts";
import { GivenCallbacks, type Receiver, released } from "./given.ts";

/** A call that has not begun. */
interface Waiting {
  readonly id: number;
  readonly arguments: Writer;
  /** Where it was called. */
  readonly asker: Home | undefined;
  readonly promise: CallPromise;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** The callbacks of an inline runtime. */
export class InlineCallbacks {
  readonly #given = new GivenCallbacks();
  /** The context of all frames. */
  readonly #context: object = {
    giver: this.#given,
    getter: {
      get: (id: number) => foreignCallback((...args) => this.#call(id, args)),
    },
  };
  /** In the order in which they were made. */
  readonly #waiting = new Set<Waiting>();

  /**
   * Writes and sends arguments.
   *
   * @param receiver What they are for.
   * @returns What takes back the callbacks that are among them, once that has ended.
   * @throws {TypeError} If one cannot be sent.
   */
  send(
    out: Writer,
    args: readonly unknown[],
    receiver: Receiver,
  ): (() => void) | undefined {
    out.context = this.#context;
    const former = this.#given.begin();
    let takeBack: (() => void) | undefined;
    try {
      encodeArguments(out, args);
    } finally {
      takeBack = this.#given.end(former, receiver);
    }
    send(out);
    return takeBack;
  }

  /** Runs what is called of functions that are not async: this thread blocks. */
  runAll(): void {
    for (const call of this.#waiting) {
      if (isAsync(this.#given.of(call.id)?.source.fn)) return;
      this.#begin(call);
    }
  }

  #call(id: number, args: unknown[]): CallPromise {
    const out = newFrame();
    encodeArguments(out, args);
    send(out);
    let resolve!: (value: unknown) => void;
    let reject!: (reason: unknown) => void;
    const promise = new CallPromise((...settle) => [resolve, reject] = settle);
    const call = {
      id,
      arguments: out,
      asker: currentHome(),
      promise,
      resolve,
      reject,
    };
    this.#waiting.add(call);
    // As from another thread: after this turn.
    queueMicrotask(() => this.#begin(call));
    return promise;
  }

  #begin(call: Waiting): void {
    if (this.#waiting.delete(call)) this.#run(call);
  }

  #run(call: Waiting): void {
    const { promise, resolve, reject } = call;
    const given = this.#given.of(call.id);
    if (given === undefined) {
      promise.hush();
      return reject(released());
    }
    // As on the thread that has it.
    const { source, home } = given;
    const former = enterTask(undefined);
    let result: unknown;
    try {
      result = whereAsked(
        home,
        () => source.fn(...decodeArguments(readBack(call.arguments))),
      );
    } catch (error) {
      return this.#failed(call, error);
    } finally {
      enterTask(former);
    }
    const label = "result of the callback";
    const settle = (value: unknown) => {
      try {
        resolve(
          whereAsked(home, () => copyOf(value, label, call.asker)),
        );
      } catch (error) {
        this.#failed(call, error);
      }
    };
    if (!isThenable(result)) return settle(result);
    Promise.resolve(result).then(
      settle,
      (error) => this.#failed(call, error),
    );
  }

  #failed({ asker, promise, reject }: Waiting, error: unknown): void {
    promise.hush();
    reject(copyOfFailure(error, asker));
    // Who awaits it does so by now, or nobody hears of it there.
    queueMicrotask(() => {
      if (!promise.isAwaited) Promise.reject(error);
    });
  }
}
