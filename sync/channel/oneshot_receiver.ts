/**
 * The end of a oneshot that receives.
 *
 * @module
 */

import { checkHandle } from "../memory/handle.ts";
import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { setReceiverArm } from "./arms.ts";
import type { Codec } from "./codec.ts";
import { ENDED } from "./flavor.ts";
import { OneshotCore } from "./oneshot_core.ts";
import type { OneshotReceiverHandle } from "./oneshot_handle.ts";

const RECEIVE = "receive message";

/**
 * The end of a `Oneshot` that receives. For one thread at a time.
 *
 * @typeParam T The message.
 *
 * @example Usage
 * ```ts
 * import { ChannelClosedError, Oneshot } from "@kindred/kindred/sync";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * const oneshot = new Oneshot("i32");
 * const [tx, rx] = [oneshot.sender(), oneshot.receiver()];
 * assertEquals(rx.tryRecv(), undefined); //    nothing yet
 * tx.close();
 * await assertRejects(() => rx.recvAsync(), ChannelClosedError);
 * ```
 */
export class OneshotReceiver<T = number> implements Disposable {
  /** Names this end in a message: who attaches to it has the end from then on. */
  readonly handle: OneshotReceiverHandle;
  readonly #core: OneshotCore<T>;

  /** See `oneshot.receiver()`: takes the end over, if another thread has it. */
  constructor(core: OneshotCore<T>) {
    core.move("receiver");
    this.handle = core.handleOf("OneshotReceiver");
    this.#core = core;
    setReceiverArm<T>(this, {
      check: () => core.checkReceiver(),
      tryTake: () => core.receive(),
      events: core.events,
      due: Infinity,
      store: undefined,
    });
  }

  /**
   * Takes the end over from the thread that sent it.
   *
   * @param codec What makes the message, if that is no record.
   * @throws {TypeError} If the handle is none, one of another class, or the codec
   * is missing; if the end was closed.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static from<T = number>(
    handle: OneshotReceiverHandle,
    codec?: Codec<T>,
  ): OneshotReceiver<T> {
    checkHandle("OneshotReceiver", handle, () => 0);
    return new OneshotReceiver(
      OneshotCore.attach({ ...handle, kind: "Oneshot" }, codec),
    );
  }

  /**
   * Whether no message will come any more: it was sent, its sender is gone, or this
   * end was closed or moved to another thread. The message may still be there.
   */
  get isClosed(): boolean {
    return this.#core.isOver();
  }

  /**
   * Takes the message, if it is there; `undefined` if it may still come.
   *
   * @throws {ChannelClosedError} If the sender is gone without a message, this end
   * was closed before there was one, or the message was received already.
   * @throws {MessageDecodeError} If the codec fails with the message, which was taken.
   * @throws {TypeError} If this end was moved to another thread.
   */
  tryRecv(): T | undefined {
    const message = this.#core.receive();
    if (message === ENDED) throw this.#core.closedError();
    return message;
  }

  /**
   * Takes the message; blocks the thread until it is there.
   *
   * @throws {ChannelClosedError} As {@linkcode tryRecv}.
   * @throws {MessageDecodeError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end was moved to another thread.
   * @throws {DOMException} `TimeoutError` when the time is up; the message may
   * still come then.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  recv(options: WaitOptions = {}): T {
    checkTimeout(options.timeout, RECEIVE);
    const message = this.tryRecv();
    // A codec may make null of it.
    if (message !== undefined) return message;
    return this.#core.events.wait(() => this.tryRecv(), {
      action: RECEIVE,
      timeout: options.timeout,
    });
  }

  /**
   * Takes the message as soon as it is there, without blocking the thread.
   *
   * @throws {ChannelClosedError} As {@linkcode tryRecv}.
   * @throws {MessageDecodeError} As {@linkcode tryRecv}.
   * @throws {TypeError} If this end was moved to another thread.
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; the message may still come then.
   * @throws {RangeError} If the timeout is negative or not a number.
   */
  async recvAsync(options: WaitAsyncOptions = {}): Promise<T> {
    checkTimeout(options.timeout, RECEIVE);
    return await this.#core.events.waitAsync(() => this.tryRecv(), {
      ...options,
      action: RECEIVE,
    });
  }

  /**
   * Refuses the message from now on: the sender gets it back. One that was sent
   * before can still be received. A second call does nothing.
   */
  close(): void {
    this.#core.refuse();
  }

  /** The same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
