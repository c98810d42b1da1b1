/**
 * The error of a receiver that was too slow.
 *
 * @module
 */

/**
 * Messages were overwritten before this receiver took them. It goes on with the
 * oldest that is kept.
 *
 * @example Usage
 * ```ts
 * import { Broadcast, LaggedError } from "@kindred/kindred/sync";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const news = new Broadcast("i32", { capacity: 1 });
 * const [tx, rx] = [news.sender(), news.receiver()];
 * tx.send(1);
 * tx.send(2);
 * assertEquals(assertThrows(() => rx.recv(), LaggedError).missed, 1);
 * assertEquals(rx.recv(), 2);
 * ```
 */
export class LaggedError extends Error {
  /** The name of the class. */
  override readonly name = "LaggedError";
  /** How many messages the receiver missed, modulo 2^32. */
  readonly missed: number;

  /** Says how many messages were missed. */
  constructor(missed: number) {
    super(
      `Cannot receive message as ${missed} were overwritten: this receiver is too slow`,
    );
    this.missed = missed;
  }
}
