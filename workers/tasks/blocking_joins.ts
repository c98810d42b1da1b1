/**
 * Joins: a thread that blocks until a task has ended.
 *
 * @module
 */

import { checkNotReading } from "../../codec/reading.ts";
import { type Deadline, timeoutError } from "../../sync/thread/timeout.ts";
import { RuntimeClosedError, WorkerLostError } from "../errors.ts";
import { workerIndex } from "../runtime/inside.ts";
import { Join, type Joined, type JoinParts } from "./join.ts";
import { enterTask } from "./task_context.ts";

/** What the joins of a thread need. */
export interface BlockingJoinsOptions extends JoinParts {
  /**
   * The task that runs here is about to block, and lets others have their turn;
   * what this returns is called when it goes on.
   */
  readonly pause?: (() => () => void) | undefined;
}

/** The joins of a thread. */
export class BlockingJoins {
  readonly #options: BlockingJoinsOptions;

  /** Nobody joins yet. */
  constructor(options: BlockingJoinsOptions) {
    this.#options = options;
  }

  /**
   * Blocks this thread until a task is settled.
   *
   * @throws {DeadlockError} If that would never be.
   * @throws {WorkerLostError} If this thread, a worker, is given up meanwhile.
   * @throws {DOMException} Named `TimeoutError`, if the time is up.
   */
  join(call: Joined, deadline: Deadline): void {
    if (!call.isSettled) checkNotReading("join", call.label);
    const options = this.#options;
    const { desk: { callbacks }, mailbox } = options;
    const join = new Join(options, call, deadline);
    const task = enterTask(undefined);
    const goOn = options.pause?.();
    const endless = join.isEndless ? call : undefined;
    callbacks.enterJoin(endless);
    try {
      mailbox.block(join);
    } finally {
      goOn?.();
      enterTask(task);
      callbacks.leaveJoin(endless);
      join.leave();
    }
    const isOver = call.isSettled ||
      (call.deadline !== undefined && call.expireIfLate());
    if (isOver) return;
    if (options.desk.closed) {
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
}
