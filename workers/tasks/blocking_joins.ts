/**
 * Joins: a thread that blocks until a task has ended, and what keeps that from lasting
 * for ever.
 *
 * @module
 */

import { checkNotReading } from "../../codec/reading.ts";
import { DeadlockError } from "../../sync/lock/lock_errors.ts";
import { type Deadline, timeoutError } from "../../sync/thread/timeout.ts";
import type { Desk } from "../desk/desk.ts";
import type { Directory } from "../desk/directory.ts";
import { RuntimeClosedError, WorkerLostError } from "../errors.ts";
import {
  ANY_WORKER,
  type FormerWait,
  SOMETHING,
  type WaitTable,
} from "../fabric/wait_table.ts";
import { STARTER } from "../life/control.ts";
import type { Mailbox } from "../mailbox/mailbox.ts";
import { workerIndex } from "../runtime/inside.ts";
import type { NumberedCall } from "../desk/pending_calls.ts";
import type { TaskState } from "./task_call.ts";
import { enterTask } from "./task_context.ts";

/** What the joins of a thread need. */
export interface BlockingJoinsOptions {
  /** Sends the frames. */
  readonly desk: Desk;
  /** Who the workers are. */
  readonly directory: Directory;
  /** Blocks this thread. */
  readonly mailbox: Mailbox;
  /** Who blocks, and for whom. */
  readonly waits: WaitTable;
  /**
   * The task that runs here is about to block, and lets others have their turn;
   * what this returns is called when it goes on.
   */
  readonly pause?: () => () => void;
  /** Looks whether a thread is lost for which this one waits, without waiting. */
  readonly lookForTheLost: () => void;
}

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

/** The joins of a thread. */
export class BlockingJoins {
  readonly #options: BlockingJoinsOptions;
  /** The worker that has a task; -1 while that is not decided. */
  readonly #workerOf: (call: Joined) => number;

  /** Nobody joins yet. */
  constructor(
    options: BlockingJoinsOptions,
    workerOf: (call: Joined) => number,
  ) {
    this.#options = options;
    this.#workerOf = workerOf;
  }

  /**
   * Blocks this thread until a task is settled.
   *
   * @throws {DeadlockError} If that would never be.
   * @throws {WorkerLostError} If this thread, a worker, is given up meanwhile.
   * @throws {DOMException} Named `TimeoutError`, if the time is up.
   */
  join(call: Joined, deadline: Deadline): void {
    if (!call.isSettled) checkNotReading(`join ${call.label}`);
    const { mailbox, waits } = this.#options;
    const end = call.deadline === undefined ? undefined : call;
    const isEndless = deadline.timeout === Infinity && end === undefined;
    let target: number | undefined;
    let former: FormerWait | undefined;
    const enter = (next: number) => {
      if (next === target) return;
      const before = waits.enter(mailbox.slot, target = next);
      former ??= before;
    };
    // A wait that does not sleep need not be seen; but around another one what is seen
    // has to be true from before this thread arms.
    if (waits.blocks(mailbox.slot)) {
      enter(isEndless ? this.#targetOf(call) : SOMETHING);
    }
    const task = enterTask(undefined);
    const goOn = this.#options.pause?.();
    const { desk } = this.#options;
    const { callbacks } = desk;
    const endless = isEndless ? call : undefined;
    callbacks.enterJoin(endless);
    try {
      mailbox.block({
        isOver: () =>
          call.isSettled || desk.refuseToImport(call) ||
          (end?.expireIfLate() ?? false),
        deadline: end === undefined ? deadline : end.earlier(deadline),
        beforeSleep: () => {
          if (!isEndless) return enter(SOMETHING);
          // Anew: what was kept for a worker may have been sent to the next one.
          enter(this.#targetOf(call));
          this.#checkDeadlock(call);
        },
        afterSleep: () => this.#options.lookForTheLost(),
      });
    } finally {
      goOn?.();
      enterTask(task);
      callbacks.leaveJoin(endless);
      if (former !== undefined) waits.leave(mailbox.slot, former);
    }
    if (call.isSettled || end?.expireIfLate()) return;
    if (this.#options.desk.closed) {
      throw new RuntimeClosedError(`join ${call.label}`);
    }
    if (mailbox.standing.isGivenUp) {
      throw new WorkerLostError(workerIndex()!, "it was given up meanwhile", {
        started: call.state === "running",
        label: `join of ${call.label}`,
      });
    }
    throw timeoutError(`join ${call.label}`, deadline.timeout);
  }

  /** Who has the task, or has to see to it that somebody gets it. */
  #targetOf(call: Joined): number {
    const { desk, directory } = this.#options;
    if (desk.held.has(call)) return STARTER;
    const worker = this.#workerOf(call);
    if (worker < 0) return ANY_WORKER;
    const slot = directory.slotOf(worker);
    return slot < 0 ? SOMETHING : slot;
  }

  #checkDeadlock(call: Joined): void {
    const { mailbox, waits } = this.#options;
    const closer = this.#workers().length === 0 && this.#workerOf(call) < 0
      ? mailbox.slot
      : waits.closerOf(mailbox.slot, () => this.#workers());
    if (closer < 0) return;
    if (closer !== mailbox.slot) {
      // It is to look again, now that this thread sleeps.
      return mailbox.peer(closer).bell.ringForMail(mailbox.slot);
    }
    throw new DeadlockError(
      `Cannot join ${call.label} as it waits for this thread: ${
        this.#whyStuck(call)
      }`,
    );
  }

  #whyStuck(call: Joined): string {
    const worker = this.#workerOf(call);
    if (worker < 0) {
      return this.#workers().length === 0
        ? "workers have to be replaced by the starting thread, which blocks"
        : "all workers block, and it may not run while one does";
    }
    return this.#options.desk.held.has(call)
      ? `worker ${worker} has to be replaced by the starting thread, which blocks`
      : `worker ${worker} has it and blocks`;
  }

  #workers(): number[] {
    const { directory } = this.#options;
    const slots: number[] = [];
    for (let worker = 0; worker < directory.size; worker++) {
      const slot = directory.slotOf(worker);
      if (slot >= 0) slots.push(slot);
    }
    return slots;
  }
}
