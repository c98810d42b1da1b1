/**
 * The lines of siblings that share a thread.
 *
 * @module
 */

import { portableCodec } from "../codec/portable_codec.ts";
import { ChannelClosedError } from "../sync/channel/channel_closed_error.ts";
import { decoded } from "../sync/channel/decoded.ts";
import { ChannelReserveError } from "../sync/channel/reserve_error.ts";
import { DeadlockError } from "../sync/lock/lock_errors.ts";
import { GiveUp } from "../sync/thread/give_up.ts";
import { checkTimeout, timeoutError } from "../sync/thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../sync/thread/wait.ts";
import type { SiblingLine, SiblingLines } from "./sibling_lines.ts";

const ACTION = "receive message";
/** What a message takes besides its bytes. */
const HEAD = 8;

/** Lines in the memory of this thread: also where none can be shared. */
export class LocalLines implements SiblingLines {
  readonly #lines: LocalLine[] = [];
  readonly #reserve: number;
  #isOver = false;

  /** @param reserve How many bytes may wait in each line. */
  constructor(reserve: number) {
    this.#reserve = reserve;
  }

  send(to: number, message: unknown): void {
    if (this.#isOver) {
      throw new ChannelClosedError(
        "Cannot send message as the runtime is closed",
        message,
      );
    }
    this.open(to).push(message);
  }

  open(index: number): LocalLine {
    return this.#lines[index] ??= new LocalLine(this.#reserve);
  }

  /** There are so many workers from now on: drops what others left behind. */
  resize(size: number): void {
    this.#lines.length = Math.min(size, this.#lines.length);
  }

  /** Nothing is sent any more; who waits for a message is told. */
  close(): void {
    this.#isOver = true;
    for (const line of this.#lines) line?.end();
  }
}

interface Wait {
  wake(): void;
  fail(error: Error): void;
}

/** The messages for one instance, as copies. */
class LocalLine implements SiblingLine {
  readonly #reserve: number;
  readonly #messages: Uint8Array[] = [];
  /** In the order of the calls. */
  readonly #waits: Wait[] = [];
  #bytes = 0;
  #isOver = false;

  constructor(reserve: number) {
    this.#reserve = reserve;
  }

  push(message: unknown): void {
    // The codec writes to memory that it uses again.
    const bytes = portableCodec<unknown>().encode(message).slice();
    const size = bytes.length + HEAD;
    if (size > this.#reserve) {
      throw new RangeError(
        `Cannot send message as it can have at most ${
          this.#reserve - HEAD
        } bytes by the 'reserve' of its family: received ${bytes.length}`,
      );
    }
    if (this.#bytes + size > this.#reserve) {
      throw new ChannelReserveError(
        `Cannot send message as the messages that wait take all of the reserve of ${this.#reserve} bytes`,
        message,
      );
    }
    this.#bytes += size;
    this.#messages.push(bytes);
    this.#waits[0]?.wake();
  }

  tryRecv(): unknown {
    const bytes = this.#messages.shift();
    if (bytes === undefined) {
      if (this.#isOver) throw over();
      return undefined;
    }
    this.#bytes -= bytes.length + HEAD;
    return decoded(portableCodec<unknown>(), bytes);
  }

  recv({ timeout }: WaitOptions): unknown {
    checkTimeout(timeout, ACTION);
    const message = this.tryRecv();
    if (message !== undefined) return message;
    // Nothing else runs while this thread waits, so that nothing would come.
    if (timeout !== undefined && timeout !== Infinity) {
      throw timeoutError(ACTION, timeout);
    }
    throw new DeadlockError(
      "Cannot receive message as there is none, and all who could send one run on this thread",
    );
  }

  async recvAsync(options: WaitAsyncOptions): Promise<unknown> {
    checkTimeout(options.timeout, ACTION);
    options.signal?.throwIfAborted();
    if (this.#waits.length === 0) {
      const message = this.tryRecv();
      if (message !== undefined) return message;
    }
    return await this.#wait(new GiveUp(ACTION, options));
  }

  /** In turn: who is woken takes the message itself, unless it has given up. */
  async #wait(giveUp: GiveUp): Promise<unknown> {
    let woken = Promise.withResolvers<void>();
    const wait: Wait = {
      wake: () => woken.resolve(),
      fail: (error) => woken.reject(error),
    };
    this.#waits.push(wait);
    try {
      for (;;) {
        await giveUp.orFirst(woken.promise);
        const message = this.tryRecv();
        if (message !== undefined) return message;
        woken = Promise.withResolvers();
      }
    } finally {
      giveUp.forget();
      this.#waits.splice(this.#waits.indexOf(wait), 1);
      if (this.#messages.length > 0) this.#waits[0]?.wake();
    }
  }

  close(): void {
    for (const wait of this.#waits) {
      wait.fail(new TypeError("Cannot receive message as the line was closed"));
    }
  }

  end(): void {
    this.#isOver = true;
    for (const wait of this.#waits) wait.wake();
  }
}

function over(): ChannelClosedError {
  return new ChannelClosedError(
    "Cannot receive message as the runtime is closed, and there is none",
  );
}
