/**
 * One call that waits for one of several ends of channels: how it goes.
 *
 * The protocol is in the folder's README, "Select".
 *
 * @module
 */

import { KnockedTask, type Knocks, ownKnocks } from "../thread/knocks.ts";
import { DeadlockError } from "../lock/lock_errors.ts";
import { SLICE } from "../thread/thread.ts";
import { Deadline, timeoutError } from "../thread/timeout.ts";
import { receiverArmOf, senderArmOf } from "./arms.ts";
import {
  CLOSED,
  ENDED,
  FULL,
  type ReceiverArm,
  type SenderArm,
} from "./flavor.ts";
import { failedIn } from "./failed_arm.ts";
import { type MeetingArm, MeetingArms } from "./meeting_arms.ts";
import { NOBODY, RECEIVERS, SENDERS } from "./meeting_table.ts";
import { Rendezvous } from "./rendezvous.ts";

const ACTION = "select";
/**
 * How long to leave it to another select to look, in ms: its thread may be busy, or
 * even wait for this one.
 */
const COURTESY = 1;

/** An end, and what to do with it. */
interface Arm {
  readonly receiver: ReceiverArm<unknown> | undefined;
  readonly sender: SenderArm<unknown> | undefined;
  readonly value: unknown;
}

/** Options of {@linkcode Selection}. */
export interface SelectionOptions {
  /** What names the arms. Default: their indices. */
  readonly keys?: readonly unknown[] | undefined;
  /** Whether the first arm that is ready is taken. Default: a random one. */
  readonly biased?: boolean | undefined;
}

/** One call of `select`, of one thread or task. */
export class Selection {
  #index: number = NOBODY;
  /** What was received; or what could not be sent. */
  value: unknown = undefined;
  /** Whether the arm is closed. */
  closed = false;
  readonly #arms: readonly Arm[];
  readonly #keys: readonly unknown[] | undefined;
  readonly #order: number[] | undefined;
  readonly #meetings: MeetingArms | undefined;
  readonly #knocks: Knocks = ownKnocks();

  /**
   * Checks the arms.
   *
   * @throws {TypeError} If one is none, or its end is closed, or its message is none
   * of its channel's.
   * @throws {RangeError} If a number in a message is out of range, or there are too
   * many rendezvous.
   */
  constructor(
    arms: readonly unknown[],
    { keys, biased }: SelectionOptions,
  ) {
    this.#keys = keys;
    this.#arms = arms.map((arm, index) => {
      const key = this.#keyOf(index);
      try {
        return armOf(arm, typeof key === "string" ? `"${key}"` : `${index}`);
      } catch (error) {
        throw failedIn(key, error);
      }
    });
    if (!biased && arms.length > 1) {
      this.#order = [];
      for (let k = 0; k < arms.length; k++) this.#order.push(k);
    }
    const meetings: MeetingArm[] = [];
    for (let index = 0; index < arms.length; index++) {
      const { receiver, sender, value } = this.#arms[index]!;
      const store = (receiver ?? sender)!.store;
      if (!(store instanceof Rendezvous)) continue;
      const side = receiver === undefined ? SENDERS : RECEIVERS;
      const key = this.#keyOf(index);
      meetings.push({ index, key, store, side, value, entry: NOBODY });
    }
    if (meetings.length > 0) this.#meetings = new MeetingArms(meetings);
  }

  /** What names the arm that was chosen. */
  get key(): unknown {
    return this.#keyOf(this.#index);
  }

  /** Takes the first arm that is ready; false if none is. */
  try(): boolean {
    const order = this.#order;
    if (order !== undefined) shuffle(order);
    for (let k = 0; k < this.#arms.length; k++) {
      const index = order === undefined ? k : order[k]!;
      try {
        if (this.#tryArm(index)) return true;
      } catch (error) {
        throw failedIn(this.#keyOf(index), error);
      }
    }
    return false;
  }

  /** Takes an arm when one is ready; blocks the thread. */
  run(timeout: number | undefined): void {
    if (this.try()) return;
    const deadline = new Deadline(timeout);
    this.#checkHope(deadline);
    const knocks = this.#knocks;
    this.#meetings?.block();
    try {
      for (;;) {
        const seen = knocks.count;
        if (this.#look(deadline, undefined)) return;
        knocks.wait(seen, this.#longest(deadline));
      }
    } catch (error) {
      // The sleep may fail, where a thread may not block.
      if (this.#isChosen()) return;
      throw error;
    } finally {
      this.#meetings?.leave();
    }
  }

  /** The same without blocking the thread. */
  async runAsync(
    timeout: number | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    signal?.throwIfAborted();
    if (this.try()) return;
    const deadline = new Deadline(timeout);
    if (signal === undefined) this.#checkHope(deadline);
    using task = new KnockedTask(this.#knocks, signal);
    try {
      for (;;) {
        task.begin();
        if (this.#look(deadline, signal)) return;
        await task.wait(this.#longest(deadline));
      }
    } catch (error) {
      if (this.#isChosen()) return;
      throw error;
    } finally {
      this.#meetings?.leave();
    }
  }

  #keyOf(index: number): unknown {
    return this.#keys === undefined ? index : this.#keys[index];
  }

  #tryArm(index: number): boolean {
    const { receiver, sender, value } = this.#arms[index]!;
    if (receiver !== undefined) {
      const taken = receiver.tryTake();
      if (taken === undefined) return false;
      this.closed = taken === ENDED;
      this.value = this.closed ? undefined : taken;
    } else {
      const pushed = sender!.tryGive(value);
      if (pushed === FULL) return false;
      this.closed = pushed === CLOSED;
      this.value = this.closed ? value : undefined;
    }
    this.#index = index;
    return true;
  }

  /**
   * Looks at all arms; then stands in the tables of the rendezvous among them. The
   * knocks have been counted before. Returns whether the call is over.
   */
  #look(deadline: Deadline, signal: AbortSignal | undefined): boolean {
    const meetings = this.#meetings;
    try {
      for (;;) {
        // From here on nobody can choose this call, as long as it looks.
        if (this.#isChosen()) return true;
        if (signal?.aborted) throw signal.reason;
        meetings?.makeRoom();
        this.#watch();
        if (this.try()) return true;
        if (deadline.passed) throw timeoutError(ACTION, deadline.timeout);
        if (meetings === undefined || meetings.join()) return false;
      }
    } catch (error) {
      if (this.#isChosen()) return true;
      throw error;
    }
  }

  #watch(): void {
    const { index } = this.#knocks;
    for (const { receiver, sender } of this.#arms) {
      (receiver ?? sender)!.events?.watch(index);
    }
    this.#meetings?.watch();
  }

  /** Whether somebody has met this call since it came to the tables. */
  #isChosen(): boolean {
    const chosen = this.#meetings?.cancel();
    if (chosen === undefined) return false;
    this.#index = chosen.index;
    this.closed = false;
    this.value = this.#meetings!.collect(chosen);
    return true;
  }

  /** How long to sleep: until an arm of time is due, at most a slice. */
  #longest(deadline: Deadline): number {
    let due = Infinity;
    for (const { receiver } of this.#arms) {
      if (receiver !== undefined) due = Math.min(due, receiver.due);
    }
    const longest = deadline.slice(
      this.#meetings?.hasYielded ? COURTESY : SLICE,
    );
    if (due === Infinity) return longest;
    return Math.min(longest, Math.max(0, due - performance.now()));
  }

  #checkHope(deadline: Deadline): void {
    if (deadline.timeout !== Infinity) return;
    for (const { receiver } of this.#arms) {
      if (
        receiver === undefined || receiver.events !== undefined ||
        receiver.due !== Infinity
      ) return;
    }
    throw new DeadlockError(
      `Cannot select as none of the arms will ever be ready: received ${this.#arms.length} arms`,
    );
  }
}

function armOf(arm: unknown, name: string): Arm {
  if (Array.isArray(arm)) {
    const sender = isObject(arm[0]) ? senderArmOf<unknown>(arm[0]) : undefined;
    if (sender !== undefined) {
      sender.check(arm[1]);
      return { receiver: undefined, sender, value: arm[1] };
    }
  } else if (isObject(arm)) {
    const receiver = receiverArmOf<unknown>(arm);
    if (receiver !== undefined) {
      receiver.check();
      return { receiver, sender: undefined, value: undefined };
    }
  }
  throw new TypeError(
    `Cannot select as arm ${name} must be a receiver or [sender, message]: received ${
      Array.isArray(arm) ? "another array" : typeof arm
    }`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** After Fisher and Yates. */
function shuffle(order: number[]): void {
  for (let k = order.length - 1; k > 0; k--) {
    const other = Math.floor(Math.random() * (k + 1));
    const index = order[k]!;
    order[k] = order[other]!;
    order[other] = index;
  }
}
