/**
 * Waiting for one of several channels.
 *
 * The protocol is in the folder's README, "Select".
 *
 * @module
 */

import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { Selection } from "./selection.ts";

const ACTION = "select";

/** A receiver, as an arm: one of a channel, or a `TimeReceiver`. */
export interface SelectReceiver<T> {
  /** Receives a message if there is one. */
  tryRecv(): T | undefined;
}

/** A sender of a channel, in an arm that sends. */
export interface SelectSender<T> {
  /** Sends a message if there is room. */
  trySend(value: T): boolean;
}

/** What is waited for: to receive, or to send a message. */
export type SelectArm<T = unknown> =
  | SelectReceiver<T>
  | readonly [SelectSender<T>, T];

/** The arms of a select, by their keys. */
export type SelectArms =
  // deno-lint-ignore no-explicit-any -- each arm has a type of its own
  | Readonly<Record<string, SelectArm<any>>>
  // deno-lint-ignore no-explicit-any -- the same
  | readonly SelectArm<any>[];

/** The same arms; `never` where a sender cannot send the message of its arm. */
export type CheckedArms<A> = {
  readonly [K in keyof A]: A[K] extends
    readonly [SelectSender<infer T>, infer V] ? [V] extends [T] ? A[K] : never
    : A[K];
};

/** What happened in an arm. */
export type ArmChoice<K, A> = A extends
  readonly [SelectSender<infer T>, unknown] ?
    | {
      /** The arm's key. */
      readonly key: K;
      /** Whether the channel is closed; then nothing was sent. */
      readonly closed: false;
      /** The message, if it could not be sent. */
      readonly value: undefined;
    }
    | { readonly key: K; readonly closed: true; readonly value: T }
  : A extends SelectReceiver<infer T> ?
      | {
        /** The arm's key. */
        readonly key: K;
        /** Whether the channel is closed and nothing is left in it. */
        readonly closed: false;
        /** The message that was received. */
        readonly value: T;
      }
      | { readonly key: K; readonly closed: true; readonly value: undefined }
  : never;

/** Which arm was chosen, and what happened there. */
export type Choice<A> = A extends readonly unknown[]
  ? number extends A["length"] ? ArmChoice<number, A[number]>
  : {
    [K in keyof A & `${number}`]: ArmChoice<
      K extends `${infer N extends number}` ? N : never,
      A[K]
    >;
  }[keyof A & `${number}`]
  : { [K in keyof A]: ArmChoice<K, A[K]> }[keyof A];

/** Options of {@linkcode trySelect}. */
export interface TrySelectOptions {
  /**
   * Whether the first of several arms that are ready is chosen, and not a random
   * one. Default: false.
   */
  readonly biased?: boolean;
}

/** Options of {@linkcode select}. */
export interface SelectOptions extends TrySelectOptions, WaitOptions {}

/** Options of {@linkcode selectAsync}. */
export interface SelectAsyncOptions
  extends TrySelectOptions, WaitAsyncOptions {}

/**
 * Waits until one of several channels can be received from or sent to, and does
 * that; blocks the thread. Exactly one arm happens; what another one would have
 * sent was not sent.
 *
 * Of several arms that are ready one is chosen by chance, each as likely, so that
 * none is starved; or the first one, with `biased`. An arm whose channel is closed
 * is ready: the choice says so. Leave it out from then on, or put `never()` in its place.
 *
 * Which arm an error came from, {@linkcode failedArm} says.
 *
 * In a rendezvous an arm is ready when somebody waits on the other side, who may
 * be in a select too. No arm meets another one of its own select.
 *
 * @param arms Receivers, of channels or of time, and `[sender, message]`, by keys
 * or in an array.
 * @throws {DOMException} `TimeoutError` when the time is up.
 * @throws {DeadlockError} If there is no timeout and no arm can ever be ready.
 * @throws {TypeError} If an arm is none, or its end was closed, or cannot send its
 * message.
 * @throws {RangeError} If the timeout is negative or not a number, a number in a
 * message is out of range, or there are more than 1024 rendezvous.
 * @throws {LaggedError} If the receiver of a broadcast in an arm is too slow.
 * @throws {MessageDecodeError} If a codec fails with the message of an arm, which
 * was taken.
 * @throws {ChannelReserveError} If a channel in an arm has used up its reserve.
 *
 * @example Usage
 * ```ts
 * import { after, Channel, select } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const jobs = new Channel("i32", { capacity: 8 });
 * const log = new Channel("f64", { capacity: 8 });
 * using rx = jobs.receiver();
 * using tx = log.sender();
 * using _reader = log.receiver();
 * jobs.sender().send(7);
 *
 * const choice = select({ job: rx, late: after(1000) });
 * switch (choice.key) {
 *   case "job":
 *     if (!choice.closed) assertEquals(choice.value, 7);
 *     break;
 *   case "late":
 *     throw new Error("no job");
 * }
 * assertEquals(select([[tx, 0.5]]).key, 0); //    sends
 * ```
 */
export function select<const A extends SelectArms>(
  arms: A & CheckedArms<A>,
  options: SelectOptions = {},
): Choice<A> {
  checkTimeout(options.timeout, ACTION);
  const selection = begin(arms, options);
  selection.run(options.timeout);
  return choiceOf(selection) as Choice<A>;
}

/**
 * The same as {@linkcode select}, without blocking the thread.
 *
 * The arms are those that there are when it is called. A message that an arm sends
 * may be encoded at any time until then: do not change it.
 *
 * @throws {DOMException} `TimeoutError` when the time is up, or the reason of the
 * signal; nothing was received or sent then.
 * @throws {DeadlockError} If there is no timeout and no signal, and no arm can
 * ever be ready.
 * @throws {TypeError} If an arm is none, or its end was closed, or cannot send its
 * message.
 * @throws {RangeError} If the timeout is negative or not a number, a number in a
 * message is out of range, or there are more than 1024 rendezvous.
 * @throws {LaggedError} If the receiver of a broadcast in an arm is too slow.
 * @throws {MessageDecodeError} If a codec fails with the message of an arm, which
 * was taken.
 * @throws {ChannelReserveError} If a channel in an arm has used up its reserve.
 *
 * @example Usage
 * ```ts
 * import { Channel, selectAsync } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const channel = new Channel("i32", { capacity: 0 }); //     a rendezvous
 * using tx = channel.sender();
 * using rx = channel.receiver();
 * const [sent, received] = await Promise.all([
 *   selectAsync({ out: [tx, 1] }),
 *   selectAsync({ in: rx }, { timeout: 1000 }),
 * ]);
 * assertEquals(sent, { key: "out", closed: false, value: undefined });
 * assertEquals(received, { key: "in", closed: false, value: 1 });
 * ```
 */
export async function selectAsync<const A extends SelectArms>(
  arms: A & CheckedArms<A>,
  options: SelectAsyncOptions = {},
): Promise<Choice<A>> {
  checkTimeout(options.timeout, ACTION);
  const selection = begin(arms, options);
  await selection.runAsync(options.timeout, options.signal);
  return choiceOf(selection) as Choice<A>;
}

/**
 * The same as {@linkcode select}, without any wait.
 *
 * @returns What happened, or `undefined` if no arm is ready.
 * @throws {TypeError} If an arm is none, or its end was closed, or cannot send its
 * message.
 * @throws {RangeError} If a number in a message is out of range, or there are more
 * than 1024 rendezvous.
 * @throws {LaggedError} If the receiver of a broadcast in an arm is too slow.
 * @throws {MessageDecodeError} If a codec fails with the message of an arm, which
 * was taken.
 * @throws {ChannelReserveError} If a channel in an arm has used up its reserve.
 *
 * @example Usage
 * ```ts
 * import { Channel, trySelect } from "@kindred/kindred/sync";
 * import { assertEquals } from "@std/assert";
 *
 * const channel = new Channel("i32", { capacity: 1 });
 * using tx = channel.sender();
 * using rx = channel.receiver();
 * assertEquals(trySelect([rx]), undefined);
 * assertEquals(trySelect([rx, [tx, 5]])?.key, 1);
 * assertEquals(trySelect([rx])?.value, 5);
 * ```
 */
export function trySelect<const A extends SelectArms>(
  arms: A & CheckedArms<A>,
  options: TrySelectOptions = {},
): Choice<A> | undefined {
  const selection = begin(arms, options);
  if (!selection.try()) return undefined;
  return choiceOf(selection) as Choice<A>;
}

function begin(
  arms: SelectArms,
  { biased }: TrySelectOptions,
): Selection {
  if (typeof arms !== "object" || arms === null) {
    throw new TypeError(
      `Cannot select as the arms must be an object or an array: received ${typeof arms}`,
    );
  }
  if (Array.isArray(arms)) return new Selection(arms, { biased });
  // The caller may change the arms while it waits.
  const keys: string[] = [];
  const list: unknown[] = [];
  for (const [key, arm] of Object.entries(arms)) {
    keys.push(key);
    list.push(arm);
  }
  return new Selection(list, { keys, biased });
}

function choiceOf({ key, closed, value }: Selection): unknown {
  return { key, closed, value };
}
