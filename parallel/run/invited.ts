/**
 * The workers that help with a plan.
 *
 * @module
 */

import {
  QueueFullError,
  RuntimeClosedError,
  WorkerLostError,
} from "../../workers/errors.ts";
import type { Spawner } from "../../workers/tasks/spawner.ts";
import type { Task } from "../../workers/tasks/task.ts";
import type { Claims } from "./claims.ts";
import { type Share, takePart } from "./share.ts";
import { unsentResult } from "./unsent_result.ts";
import type { Part } from "./work.ts";

/** Workers that were asked to help: each comes when it is free, or not at all. */
export class Invited {
  readonly #claims: Claims;
  readonly #tasks: Task<Part[]>[] = [];
  /** What came of them was noted here. */
  readonly #noted: Promise<void>[] = [];
  readonly #parts: Part[] = [];
  readonly #errors: unknown[] = [];
  #done = 0;
  #isOver = false;
  #isClean = true;

  /** Nobody was asked yet. */
  constructor(claims: Claims) {
    this.#claims = claims;
  }

  /**
   * Asks some workers; fails if they cannot be told what to do.
   *
   * @param makeShare Says what to do: called if there is somebody to ask.
   */
  ask(workers: Spawner, makeShare: () => Omit<Share, "helper">): void {
    const count = Math.min(workers.size, this.#claims.handle.helpers);
    if (count === 0 || this.#isOver) return;
    try {
      this.#spawn(workers, count, makeShare());
    } catch (error) {
      this.fail(error);
    }
  }

  #spawn(
    workers: Spawner,
    count: number,
    share: Omit<Share, "helper">,
  ): void {
    for (let helper = 0; helper < count; helper++) {
      const task = workers.spawn(takePart, { ...share, helper });
      this.#tasks.push(task);
      this.#noted.push(task.then(
        (parts) => {
          this.#done++;
          this.#parts.push(...parts);
        },
        (error) => this.#lost(helper, error),
      ));
    }
  }

  /** The worker that was asked first, if it was bound to one. */
  get worker(): number | undefined {
    return this.#tasks[0]?.worker;
  }

  /** Whether all that were asked have done what they could. */
  get isDone(): boolean {
    return this.#done === this.#tasks.length;
  }

  /** It has failed: nobody is to go on. */
  fail(error: unknown): void {
    this.#errors.push(error);
    this.#claims.end();
  }

  /**
   * Lets those go that did not come, and waits for the others.
   *
   * @returns What they have done.
   * @throws The first error.
   */
  async end(): Promise<readonly Part[]> {
    this.#isOver = true;
    for (const [helper, task] of this.#tasks.entries()) {
      if (this.#claims.dismiss(helper)) task.cancel();
      else await task.ended;
    }
    // From here on nobody has to do with the claims.
    await Promise.all(this.#noted);
    if (this.#isClean) this.#claims.release();
    if (this.#errors.length > 0) throw this.#errors[0];
    return this.#parts;
  }

  #lost(helper: number, error: unknown): void {
    if (this.#claims.isDismissed(helper)) return;
    // Who cannot come is not needed.
    if (isAbsence(error) && this.#claims.dismiss(helper)) return;
    // It may be a thread that was given up, and still takes indices.
    this.#isClean = false;
    this.fail(unsentResult(error, takePart.name, "value of plan"));
  }
}

/** Whether an error says that there is nobody, rather than what is wrong. */
function isAbsence(error: unknown): boolean {
  return error instanceof QueueFullError ||
    error instanceof RuntimeClosedError || error instanceof WorkerLostError;
}
