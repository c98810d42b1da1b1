/**
 * One join: what a thread blocks for, for whom it waits so, and whether that would last
 * for ever.
 *
 * @module
 */

import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import type { Deadline } from "../../sync/thread/timeout.ts";
import type { Desk } from "../desk/desk.ts";
import type { Directory } from "../desk/directory.ts";
import type { NumberedCall } from "../desk/pending_calls.ts";
import {
  ANY_WORKER,
  type FormerWait,
  SOMETHING,
  type WaitTable,
} from "../fabric/wait_table.ts";
import { STARTER } from "../life/control.ts";
import type { Blocking } from "../mailbox/blocked_wait.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import type { TaskState } from "./task_call.ts";

/** What a thread blocks for. */
export interface Joined extends NumberedCall {
  /** How errors call it. */
  readonly label: string;
  /** Whether the wait is over. */
  readonly isSettled: boolean;
  /** What becomes of it. */
  readonly state: TaskState;
  /** When its time is up, in ms since the epoch; undefined: never. */
  readonly deadline: number | undefined;
  /** Gives it up if its time is up. */
  expireIfLate(): boolean;
  /** The earlier one of its own end and another. */
  earlier(deadline: Deadline): Deadline;
}

/** What a join needs of its thread. */
export interface JoinParts {
  /** Sends the frames. */
  readonly desk: Desk;
  /** Who the workers are. */
  readonly directory: Directory;
  /** Blocks this thread. */
  readonly mailbox: Mailbox;
  /** Who blocks, and for whom. */
  readonly waits: WaitTable;
  /** Looks whether a thread is lost for which this one waits, without waiting. */
  readonly lookForTheLost: () => void;
  /** The worker that has a task; -1 while that is not decided. */
  readonly workerOf: (call: Joined) => number;
}

/** A wait of this thread for a task. */
export class Join implements Blocking {
  readonly deadline: Deadline;
  /** Whether it ends only when the task does. */
  readonly isEndless: boolean;
  readonly #parts: JoinParts;
  readonly #call: Joined;
  /** For whom this thread is seen to wait; undefined: it is not seen yet. */
  #target: number | undefined = undefined;
  /** For whom it was seen to wait before. */
  #former: FormerWait | undefined = undefined;

  /** This thread is about to block. */
  constructor(parts: JoinParts, call: Joined, deadline: Deadline) {
    const hasEnd = call.deadline !== undefined;
    this.deadline = hasEnd ? call.earlier(deadline) : deadline;
    this.isEndless = !hasEnd && deadline.timeout === Infinity;
    this.#parts = parts;
    this.#call = call;
    // A wait that does not sleep need not be seen; but around another one what is seen
    // has to be true from before this thread arms.
    if (parts.waits.blocks(parts.mailbox.slot)) this.#see();
  }

  isOver(): boolean {
    const call = this.#call;
    return call.isSettled || this.#parts.desk.refuseToImport(call) ||
      (call.deadline !== undefined && call.expireIfLate());
  }

  beforeSleep(): void {
    // Anew: what was kept for a worker may have been sent to the next one.
    this.#see();
    if (this.isEndless) this.#checkDeadlock();
  }

  afterSleep(): void {
    this.#parts.lookForTheLost();
  }

  /** This thread goes on. */
  leave(): void {
    const { mailbox, waits } = this.#parts;
    if (this.#former !== undefined) waits.leave(mailbox.slot, this.#former);
  }

  /** Lets others see for whom this thread waits. */
  #see(): void {
    const { mailbox, waits } = this.#parts;
    const target = this.isEndless ? this.#targetOf() : SOMETHING;
    if (target === this.#target) return;
    const before = waits.enter(mailbox.slot, this.#target = target);
    this.#former ??= before;
  }

  /** Who has the task, or has to see to it that somebody gets it. */
  #targetOf(): number {
    const call = this.#call;
    const { desk, directory } = this.#parts;
    if (desk.held.has(call)) return STARTER;
    const worker = this.#parts.workerOf(call);
    if (worker < 0) return ANY_WORKER;
    const slot = directory.slotOf(worker);
    return slot < 0 ? SOMETHING : slot;
  }

  #checkDeadlock(): void {
    const call = this.#call;
    const { mailbox, waits, workerOf } = this.#parts;
    const closer = this.#workers().length === 0 && workerOf(call) < 0
      ? mailbox.slot
      : waits.closerOf(mailbox.slot, () => this.#workers());
    if (closer < 0) return;
    if (closer !== mailbox.slot) {
      // It is to look again, now that this thread sleeps.
      return mailbox.peer(closer).bell.ringForMail(mailbox.slot);
    }
    throw new DeadlockError(
      `Cannot join ${call.label} as it waits for this thread: ${this.#whyStuck()}`,
    );
  }

  #whyStuck(): string {
    const { desk, workerOf } = this.#parts;
    const call = this.#call;
    const worker = workerOf(call);
    if (worker < 0) {
      return this.#workers().length === 0
        ? "workers have to be replaced by the starting thread, which blocks"
        : "all workers block, and it may not run while one does";
    }
    return desk.held.has(call)
      ? `worker ${worker} has to be replaced by the starting thread, which blocks`
      : `worker ${worker} has it and blocks`;
  }

  #workers(): number[] {
    const { directory } = this.#parts;
    const slots: number[] = [];
    for (let worker = 0; worker < directory.size; worker++) {
      const slot = directory.slotOf(worker);
      if (slot >= 0) slots.push(slot);
    }
    return slots;
  }
}
