/**
 * The workers that help with a plan.
 *
 * @module
 */

import type { Spawner } from "../../workers/tasks/spawner.ts";
import type { Task } from "../../workers/tasks/task.ts";
import { isAbsence } from "./absence.ts";
import type { Claims } from "./claims.ts";
import { type Share, takePart } from "./share.ts";
import { unsentResult } from "./unsent_result.ts";
import { append, type Part } from "./work.ts";

/** Workers that were asked to help: each comes when it is free, or not at all. */
export class Invited {
  readonly #claims: Claims;
  /** What each helper does, or did last. */
  readonly #tasks: Task<Part[]>[] = [];
  /** What came of that was noted here. */
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
      const share = makeShare();
      for (let helper = 0; helper < count; helper++) {
        this.#spawn(workers, { ...share, helper });
      }
    } catch (error) {
      this.fail(error);
    }
  }

  #spawn(workers: Spawner, share: Share): void {
    const { helper } = share;
    const task = workers.spawn(takePart, share);
    this.#tasks[helper] = task;
    this.#noted[helper] = task.then(
      (parts) => {
        this.#done++;
        append(this.#parts, parts);
        this.#askAgain(workers, share);
      },
      (error) => this.#lost(helper, error),
    );
  }

  /** A worker that blocks leaves after a turn: it, or another one, may come again. */
  #askAgain(workers: Spawner, share: Share): void {
    const claims = this.#claims;
    // Who left without having come could not help.
    if (this.#isOver || !claims.areLeft || !claims.hasBegun(share.helper)) {
      return;
    }
    this.#done--;
    claims.invite(share.helper);
    this.#spawn(workers, share);
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
    if (isAbsence(error)) this.#isClean = false;
    this.fail(unsentResult(error, takePart.name, "value of plan"));
  }
}
