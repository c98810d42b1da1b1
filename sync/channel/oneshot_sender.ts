/**
 * The end of a oneshot that sends.
 *
 * @module
 */

import { checkHandle } from "../memory/handle.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import type { Codec } from "./codec.ts";
import { OneshotCore } from "./oneshot_core.ts";
import type { OneshotSenderHandle } from "./oneshot_handle.ts";

const AWAIT_CLOSE = "wait for receiver to close";

/**
 * The end of a `Oneshot` that sends. For one thread at a time.
 *
 * @typeParam T The message.
 *
 * @example Usage
 * ```ts
 * import { ChannelClosedError, Oneshot } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const oneshot = new Oneshot("i32");
 * const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
 * rx.close();
 * const error = assertThrows(() => tx.send(7), ChannelClosedError);
 * assertEquals(error.value, 7);
 * ```
 */
export class OneshotSender<T = number> implements Disposable {
  /** Names this end in a message: who attaches to it has the end from then on. */
  readonly handle: OneshotSenderHandle;
  readonly #core: OneshotCore<T>;

  /** See `oneshot.sender()`: takes the end over, if another thread has it. */
  constructor(core: OneshotCore<T>) {
    core.move("sender");
    this.handle = core.handleOf("OneshotSender");
    this.#core = core;
  }

  /**
   * Takes the end over from the thread that sent it.
   *
   * @param codec What makes the message, if that is no record.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing; if the end was used or closed.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static from<T = number>(
    handle: OneshotSenderHandle,
    codec?: Codec<T>,
  ): OneshotSender<T> {
    checkHandle("OneshotSender", handle, () => 0);
    return new OneshotSender(
      OneshotCore.attach({ ...handle, kind: "Oneshot" }, codec),
    );
  }

  /** Whether a message can no longer be sent by this end. */
  get isClosed(): boolean {
    return this.#core.closing() !== undefined;
  }

  /**
   * Sends the message. Once; it does not wait for the receiver.
   *
   * @throws {ChannelClosedError} If the receiver is gone: with the message.
   * @throws {TypeError} If the message is none that can be sent, or if this end
   * was used, closed, or moved to another thread.
   * @throws {RangeError} If the message is out of range, or too long; the end can
   * still be used.
   */
  send(message: T): void {
    this.#core.send(message);
  }

  /**
   * Waits until the receiver is gone; blocks the thread.
   *
   * @returns True. False if this end was used, closed or moved meanwhile, so that it
   * no longer matters.
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  closed(options: WaitOptions = {}): boolean {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    const core = this.#core;
    return core.events.wait(() => core.closing(), {
      action: AWAIT_CLOSE,
      timeout: options.timeout,
    });
  }

  /**
   * Waits until the receiver is gone, without blocking the thread.
   *
   * @returns As {@linkcode closed} does.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async closedAsync(options: WaitAsyncOptions = {}): Promise<boolean> {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    const core = this.#core;
    return await core.events.waitAsync(() => core.closing(), {
      ...options,
      action: AWAIT_CLOSE,
    });
  }

  /**
   * Gives the end up: if it has sent nothing, the receiver gets an error. A second
   * call does nothing.
   */
  close(): void {
    this.#core.abandon();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
