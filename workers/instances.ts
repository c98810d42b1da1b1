/**
 * The instances of a worker, and the calls to them.
 *
 * @module
 */

import { decodeArguments } from "../codec/decode.ts";
import { encode } from "../codec/encode.ts";
import type { Reader } from "../codec/reader.ts";
import { LocalFamily } from "../linked/local_family.ts";
import { methodsOf } from "../linked/methods.ts";
import type { LinkMessage } from "./control.ts";
import { FAILURE, RESULT } from "./frame_kind.ts";
import type { Mailbox } from "./mailbox.ts";
import {
  encodeFailure,
  type Method,
  methodTable,
  resultOf,
} from "./outcome.ts";
import type { Peer } from "./peer.ts";
import { Scratch } from "./scratch.ts";

interface Hosted {
  readonly instance: object;
  readonly methods: readonly Method[];
  /** How errors name the results of the methods. */
  readonly labels: readonly string[];
}

/** What this worker hosts. */
export class Instances {
  readonly #mailbox: Mailbox;
  readonly #hosted: (Hosted | undefined)[] = [];
  readonly #scratch = new Scratch();
  #running = 0;
  #idle: (() => void) | undefined;

  /** Hosts nothing yet; answers through a mailbox. */
  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  /** Makes the instance of a family, and answers with its methods. */
  async link(message: LinkMessage, starter: number): Promise<void> {
    const { call, number, handle } = message;
    const { name } = handle;
    try {
      const family = await LocalFamily.from(handle);
      const instance = family.here;
      const methods = methodsOf(name, instance);
      this.#hosted[number] = {
        instance,
        methods: methodTable(instance, methods),
        labels: methods.map((method) => resultOf(name, method)),
      };
      this.#answer(starter, call, methods, "methods");
    } catch (error) {
      this.#fail(starter, call, error);
    }
  }

  /** Runs a call that a frame asks for. */
  call(from: Peer, frame: Reader): void {
    const { slot } = from;
    const number = frame.word();
    let hosted: Hosted;
    let method: number;
    let args: unknown[];
    try {
      hosted = this.#hosted[frame.word()]!;
      method = frame.word();
      args = decodeArguments(frame);
    } catch (error) {
      return this.#fail(slot, number, error);
    }
    // From here on the call counts as started.
    from.release();
    this.#running++;
    const label = hosted.labels[method]!;
    try {
      const result = hosted.methods[method]!.apply(hosted.instance, args);
      if (!isThenable(result)) return this.#done(slot, number, result, label);
      // Whatever kind of promise it is, it settles once.
      Promise.resolve(result).then(
        (value) => this.#done(slot, number, value, label),
        (error) => this.#failed(slot, number, error),
      );
    } catch (error) {
      this.#failed(slot, number, error);
    }
  }

  /** Resolves when no call is running. */
  async idle(): Promise<void> {
    if (this.#running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#idle = resolve;
    await promise;
  }

  /** Lets go of all instances. */
  clear(): void {
    this.#hosted.length = 0;
  }

  #done(slot: number, number: number, value: unknown, label: string): void {
    try {
      this.#answer(slot, number, value, label);
    } catch (error) {
      this.#fail(slot, number, error);
    }
    this.#finish();
  }

  #failed(slot: number, number: number, error: unknown): void {
    this.#fail(slot, number, error);
    this.#finish();
  }

  #finish(): void {
    if (--this.#running === 0) this.#idle?.();
  }

  #answer(slot: number, number: number, value: unknown, label: string): void {
    const out = this.#scratch.take();
    try {
      out.word(number);
      encode(out, value, label);
      this.#mailbox.send(slot, RESULT, out);
    } finally {
      this.#scratch.give(out);
    }
  }

  #fail(slot: number, number: number, error: unknown): void {
    const out = this.#scratch.take();
    out.word(number);
    encodeFailure(out, error);
    this.#mailbox.send(slot, FAILURE, out);
    this.#scratch.give(out);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null &&
    typeof (value as PromiseLike<unknown>).then === "function";
}
