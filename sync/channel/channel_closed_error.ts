/**
 * The error of a channel that is closed.
 *
 * @module
 */

/**
 * There is no other side any more: what was to be sent will not be received, or
 * nothing more will come.
 *
 * @typeParam T What the channel carries.
 *
 * @example Usage
 * ```ts
 * import { Channel, ChannelClosedError } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const channel = new Channel("i32", { capacity: 1 });
 * const tx = channel.sender();
 * channel.receiver().close();
 * const error = assertThrows(() => tx.send(7), ChannelClosedError);
 * assertEquals(error.value, 7);
 * ```
 */
export class ChannelClosedError<T = unknown> extends Error {
  /** The name of the class. */
  override readonly name = "ChannelClosedError";
  /** What could not be sent; `undefined` if it was not a send that failed. */
  readonly value: T | undefined;

  /** Says what failed; with what could not be sent. */
  constructor(message: string, value?: T) {
    super(message);
    this.value = value;
  }
}
