/**
 * A select whose arms come and go.
 *
 * @module
 */

import { checkTimeout } from "../thread/timeout.ts";
import type {
  SelectArm,
  SelectAsyncOptions,
  SelectOptions,
  TrySelectOptions,
} from "./select.ts";
import { Selection } from "./selection.ts";

const ACTION = "select";

/** What happened in an arm of a {@linkcode Selector}. */
export interface SelectorChoice<K, T> {
  /** The arm's key. */
  readonly key: K;
  /** Whether the arm's channel is closed; then nothing was received or sent. */
  readonly closed: boolean;
  /** What was received; or the message that could not be sent. */
  readonly value: T | undefined;
}

/**
 * Arms of a select that are added and removed at run time, as crossbeam's
 * `Select` and flume's `Selector`. What it does is what `select()` does.
 *
 * Arms stay until they are removed: one that sends would send its message again.
 *
 * @typeParam K What names an arm: anything.
 * @typeParam T What the channels carry.
 *
 * @example Usage
 * ```ts
 * import { Channel, Selector } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const channels = [1, 2, 3].map(() => new Channel("i32", { capacity: 4 }));
 * const senders = channels.map((channel) => channel.sender());
 * const selector = new Selector<number, number>();
 * channels.forEach((channel, k) => selector.add(k, channel.receiver()));
 *
 * senders.forEach((tx, k) => {
 *   tx.send(10 * k);
 *   tx.close();
 * });
 * let sum = 0;
 * while (selector.size > 0) {
 *   const { key, closed, value } = selector.select();
 *   if (closed) selector.remove(key);
 *   else sum += value!;
 * }
 * assertEquals(sum, 30);
 * ```
 */
export class Selector<K, T = unknown> {
  readonly #arms = new Map<K, SelectArm<T>>();

  /** How many arms there are. */
  get size(): number {
    return this.#arms.size;
  }

  /** Whether there is an arm with this key. */
  has(key: K): boolean {
    return this.#arms.has(key);
  }

  /**
   * Adds an arm, as the last one; or changes the one with this key. Whether it is one is
   * checked when it is selected from.
   *
   * @param arm A receiver, or `[sender, message]`.
   */
  add(key: K, arm: SelectArm<T>): this {
    this.#arms.set(key, arm);
    return this;
  }

  /** Removes an arm. Returns whether there was one. */
  remove(key: K): boolean {
    return this.#arms.delete(key);
  }

  /**
   * See `select()`: waits for one of the arms that there are now; blocks the
   * thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up.
   * @throws {DeadlockError} If there is no timeout and no arm can ever be ready.
   * @throws {TypeError} If an arm is none, or its end was closed, or cannot send
   * its message.
   * @throws {RangeError} If the timeout is negative or not a number, a number in a
   * message is out of range, or there are more than 1024 rendezvous.
   * @throws {LaggedError} If the receiver of a broadcast in an arm is too slow.
   * @throws {MessageDecodeError} If a codec fails with the message of an arm, which
   * was taken.
   * @throws {ChannelReserveError} If a channel in an arm has used up its reserve.
   */
  select(options: SelectOptions = {}): SelectorChoice<K, T> {
    checkTimeout(options.timeout, ACTION);
    const selection = this.#begin(options);
    selection.run(options.timeout);
    return choiceOf(selection);
  }

  /**
   * The same without blocking the thread.
   *
   * @throws {DOMException} `TimeoutError` when the time is up, or the reason of
   * the signal; nothing was received or sent then.
   * @throws {DeadlockError} If there is no timeout and no signal, and no arm can
   * ever be ready.
   * @throws {TypeError} If an arm is none, or its end was closed, or cannot send
   * its message.
   * @throws {RangeError} If the timeout is negative or not a number, a number in a
   * message is out of range, or there are more than 1024 rendezvous.
   * @throws {LaggedError} If the receiver of a broadcast in an arm is too slow.
   * @throws {MessageDecodeError} If a codec fails with the message of an arm, which
   * was taken.
   * @throws {ChannelReserveError} If a channel in an arm has used up its reserve.
   */
  async selectAsync(
    options: SelectAsyncOptions = {},
  ): Promise<SelectorChoice<K, T>> {
    checkTimeout(options.timeout, ACTION);
    const selection = this.#begin(options);
    await selection.runAsync(options.timeout, options.signal);
    return choiceOf(selection);
  }

  /**
   * The same without any wait.
   *
   * @returns What happened, or `undefined` if no arm is ready.
   * @throws {TypeError} If an arm is none, or its end was closed, or cannot send
   * its message.
   * @throws {RangeError} If a number in a message is out of range, or there are
   * more than 1024 rendezvous.
   * @throws {LaggedError} If the receiver of a broadcast in an arm is too slow.
   * @throws {MessageDecodeError} If a codec fails with the message of an arm, which
   * was taken.
   * @throws {ChannelReserveError} If a channel in an arm has used up its reserve.
   */
  trySelect(options: TrySelectOptions = {}): SelectorChoice<K, T> | undefined {
    const selection = this.#begin(options);
    return selection.try() ? choiceOf(selection) : undefined;
  }

  #begin({ biased }: TrySelectOptions): Selection {
    const keys = [...this.#arms.keys()];
    return new Selection([...this.#arms.values()], { keys, biased });
  }
}

function choiceOf<K, T>(
  { key, closed, value }: Selection,
): SelectorChoice<K, T> {
  return { key: key as K, closed, value: value as T | undefined };
}
