/**
 * The arms of a select that are rendezvous: it can be met in one of them only.
 *
 * The protocol is in the folder's README, "Rendezvous".
 *
 * @module
 */

import { SLICE } from "../thread/thread.ts";
import { failedIn } from "./failed_arm.ts";
import { CROWDED, FOUND } from "./meeting_point.ts";
import {
  type Candidate,
  NOBODY,
  RECEIVERS,
  SENDERS,
  type Side,
} from "./meeting_table.ts";
import type { Rendezvous } from "./rendezvous.ts";
import {
  BLOCKING,
  MAX_MEETING_ARMS,
  ownTickets,
  type Tickets,
} from "./tickets.ts";

/** An arm of a rendezvous. */
export interface MeetingArm {
  /** Which arm of the select it is. */
  readonly index: number;
  /** What names it. */
  readonly key: unknown;
  /** The store of its channel. */
  readonly store: Rendezvous<unknown>;
  /** What it does. */
  readonly side: Side;
  /** What it sends. */
  readonly value: unknown;
  /** Where it stands in the table, or `NOBODY`. */
  entry: number;
}

/** Rendezvous in which one call of `select` waits, with one ticket. */
export class MeetingArms {
  readonly #arms: readonly MeetingArm[];
  readonly #tickets: Tickets = ownTickets();
  /** The number of the own ticket; 0: none. */
  #place = 0;
  /** When it was got. */
  #since = 0;
  /** What it is while it waits; 0: it does not. */
  #waiting = 0;
  /** Whether arms may not stand in the table. */
  #outside = false;
  #yielded = false;
  #blocks = false;

  /**
   * Waits nowhere yet.
   *
   * @throws {RangeError} If there are too many.
   */
  constructor(arms: readonly MeetingArm[]) {
    if (arms.length > MAX_MEETING_ARMS) {
      throw new RangeError(
        `Cannot select as there can be at most ${MAX_MEETING_ARMS} rendezvous: received ${arms.length}`,
      );
    }
    this.#arms = arms;
  }

  /** Whether somebody else has to look, who may be kept from it. */
  get hasYielded(): boolean {
    return this.#yielded;
  }

  /** From now on the thread is blocked while this call waits. */
  block(): void {
    this.#blocks = true;
  }

  /** Where it does not stand in the table: knocks when that may have changed. */
  watch(): void {
    if (!this.#outside) return;
    for (const { store } of this.#arms) store.watch();
  }

  /**
   * From now on nobody can meet this call.
   *
   * @returns The arm in which somebody has met it, if so.
   */
  cancel(): MeetingArm | undefined {
    const waiting = this.#waiting;
    if (waiting === 0) return undefined;
    const chosen = this.#tickets.cancel(this.#place, waiting);
    this.#waiting = 0;
    return chosen < 0 ? undefined : this.#arms[chosen];
  }

  /** What was received in the arm in which this call was met. */
  collect(arm: MeetingArm): unknown {
    if (arm.side === SENDERS) return undefined;
    const { entry } = arm;
    arm.entry = NOBODY;
    try {
      return arm.store.collect(entry);
    } catch (error) {
      throw failedIn(arm.key, error);
    }
  }

  /**
   * Goes to the tables, where this call can be met from now on.
   *
   * @returns False if it has to look once more.
   */
  join(): boolean {
    if (this.#place === 0 && !this.#takeTicket()) return this.#stayOutside();
    const waiting = this.#tickets.wait(this.#place);
    this.#waiting = waiting;
    this.#yielded = false;
    for (let k = 0; k < this.#arms.length; k++) {
      const arm = this.#arms[k]!;
      const { store } = arm;
      const at = joinAt(arm, { place: this.#place, waiting, arm: k });
      if (at >= 0) {
        arm.entry = at;
        this.#yielded ||= store.hasYielded;
      } else if (at === CROWDED || isCrowded(arm, at)) {
        if (!this.#stayOutside()) return false;
      } else return false;
    }
    return true;
  }

  /** Lets another call of this thread have the ticket, after a slice. */
  makeRoom(): void {
    if (
      this.#place === 0 || this.#place === BLOCKING ||
      !this.#tickets.areWanted ||
      performance.now() - this.#since < SLICE
    ) return;
    this.#withdraw();
    this.#tickets.give(this.#place);
    this.#place = 0;
  }

  /** Leaves the tables. Nobody can meet this call from then on. */
  leave(): void {
    // First: who has left an entry may be chosen by who has found it before.
    this.cancel();
    this.#withdraw();
    if (this.#place !== 0) this.#tickets.give(this.#place);
    else this.#tickets.leave(this);
    this.#place = 0;
  }

  /** Whether the caller is known to wait outside of a table. */
  #stayOutside(): boolean {
    const known = this.#outside;
    this.#outside = true;
    return known;
  }

  #takeTicket(): boolean {
    if (this.#blocks) this.#place = this.#tickets.takeBlocking();
    if (this.#place === 0) this.#place = this.#tickets.take(this);
    if (this.#place === 0) return false;
    this.#since = performance.now();
    return true;
  }

  #withdraw(): void {
    for (const arm of this.#arms) {
      if (arm.entry === NOBODY) continue;
      arm.store.withdraw(arm.entry);
      arm.entry = NOBODY;
    }
  }
}

/** What {@linkcode Rendezvous.join} says. */
function joinAt(
  { key, store, side, entry, value }: MeetingArm,
  candidate: Candidate,
): number {
  try {
    return store.join(side, entry, candidate, value);
  } catch (error) {
    throw failedIn(key, error);
  }
}

/** Whether a receiver waits, for whose message there was no room. */
function isCrowded({ side, store }: MeetingArm, at: number): boolean {
  return at === FOUND && side !== RECEIVERS && store.isCrowded;
}
