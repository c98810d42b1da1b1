/**
 * The instances of a worker, and the calls to them.
 *
 * @module
 */

import { decodeArguments } from "../codec/decode.ts";
import { inWords } from "../codec/in_words.ts";
import { encode } from "../codec/encode.ts";
import type { Reader } from "../codec/reader.ts";
import { Writer } from "../codec/writer.ts";
import { LocalFamily } from "../linked/local_family.ts";
import { methodsOf } from "../linked/methods.ts";
import type { LinkMessage } from "./control.ts";
import { FAILURE, RESULT } from "./frame_kind.ts";
import type { Mailbox } from "./mailbox.ts";
import type { Peer } from "./peer.ts";

// deno-lint-ignore no-explicit-any
type Method = (...args: any[]) => unknown;

interface Hosted {
  readonly instance: object;
  readonly methods: readonly Method[];
  /** How errors name the results of the methods. */
  readonly labels: readonly string[];
}

/** A scratch buffer beyond this is not kept, in words. */
const LARGEST_SCRATCH = 1 << 18;

/** What this worker hosts. */
export class Instances {
  readonly #mailbox: Mailbox;
  readonly #hosted: (Hosted | undefined)[] = [];
  #scratch: Writer | undefined = new Writer();
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
        methods: methods.map((method) =>
          (instance as Record<string, Method>)[method]!
        ),
        labels: methods.map((method) => `result of '${name}.${method}'`),
      };
      this.#answer(starter, RESULT, call, methods, "methods");
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
      if (isThenable(result)) {
        result.then(
          (value) => this.#done(slot, number, value, label),
          (error) => this.#failed(slot, number, error),
        );
      } else {
        this.#done(slot, number, result, label);
      }
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
      this.#answer(slot, RESULT, number, value, label);
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

  #fail(slot: number, number: number, error: unknown): void {
    try {
      this.#answer(slot, FAILURE, number, error, "error");
    } catch {
      // Not even a copy of what was thrown can be sent: say what it was.
      const text = `A value that cannot be sent was thrown: ${inWords(error)}`;
      this.#answer(slot, FAILURE, number, new Error(text), "error");
    }
  }

  #answer(
    slot: number,
    kind: number,
    number: number,
    value: unknown,
    label: string,
  ): void {
    // Encoding may run code of the value that calls and so comes here again.
    const out = this.#scratch ?? new Writer();
    this.#scratch = undefined;
    out.length = 0;
    try {
      out.word(number);
      encode(out, value, label);
      this.#mailbox.send(slot, kind, out);
    } finally {
      if (out.words.length <= LARGEST_SCRATCH) this.#scratch = out;
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null &&
    typeof (value as PromiseLike<unknown>).then === "function";
}
