/**
 * A channel for one message.
 *
 * The protocol is in the folder's README, "Oneshot".
 *
 * @module
 */

import { checkHandle, isHandle } from "../memory/handle.ts";
import type { RecordSource } from "../record/record_type.ts";
import type { Codec } from "./codec.ts";
import { OneshotCore } from "./oneshot_core.ts";
import type { OneshotHandle } from "./oneshot_handle.ts";
import { OneshotReceiver } from "./oneshot_receiver.ts";
import { OneshotSender } from "./oneshot_sender.ts";
import type { PayloadOptions } from "./payload.ts";

/**
 * A channel for one message, from one sender to one receiver.
 *
 * As tokio's `oneshot`. Each end is taken once. To hand one to another thread,
 * send it, or its `handle`: the thread that attaches to it has the end from then
 * on. An end whose thread is lost counts as closed.
 *
 * @typeParam T The message.
 *
 * @example Usage
 * ```ts
 * import { Oneshot } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const answer = new Oneshot("f64");
 * using rx = answer.receiver();
 * const tx = Oneshot.from(answer.handle).sender(); //    on another thread
 * tx.send(42);
 * assertEquals(rx.recv(), 42);
 * ```
 */
export class Oneshot<T = number> {
  /** Names this oneshot in a message. */
  readonly handle: OneshotHandle;
  readonly #core: OneshotCore<T>;

  /**
   * Makes a oneshot.
   *
   * @param source What the message is: a kind of number, a struct type, or a codec.
   * @throws {TypeError} If it is none of them.
   * @throws {RangeError} If it is a codec, and `maxBytes` is missing or out of range.
   */
  constructor(
    source: RecordSource<T> | Codec<T>,
    options?: PayloadOptions,
  );
  /** Attaches to a oneshot that another thread made. */
  constructor(handle: OneshotHandle, codec?: Codec<T>);
  constructor(
    source: RecordSource<T> | Codec<T> | OneshotHandle,
    more?: PayloadOptions | Codec<T>,
  ) {
    this.#core = isHandle<OneshotHandle>(source)
      ? OneshotCore.attach(source, more as Codec<T> | undefined)
      : OneshotCore.create(source, more as PayloadOptions | undefined);
    this.handle = this.#core.handle;
  }

  /**
   * Attaches to a oneshot that another thread made. This takes no end.
   *
   * @param codec What makes the message, if that is no record.
   * @throws {TypeError} If the handle is none, one of another class, or the codec is missing.
   * @throws {RangeError} If the buffer is too small, or holds another form.
   */
  static from<T = number>(handle: OneshotHandle, codec?: Codec<T>): Oneshot<T> {
    checkHandle("Oneshot", handle, () => 0);
    return new Oneshot<T>(handle, codec);
  }

  /**
   * Takes the end that sends, for this thread.
   *
   * @throws {TypeError} If it was taken before.
   */
  sender(): OneshotSender<T> {
    this.#core.take("sender");
    return new OneshotSender(this.#core);
  }

  /**
   * Takes the end that receives, for this thread.
   *
   * @throws {TypeError} If it was taken before.
   */
  receiver(): OneshotReceiver<T> {
    this.#core.take("receiver");
    return new OneshotReceiver(this.#core);
  }
}
