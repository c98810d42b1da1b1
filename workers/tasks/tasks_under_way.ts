/**
 * The tasks of a worker that have a deadline and go on after an `await`.
 *
 * Whose code runs after that is not known. But if all that is under way is late, and
 * the worker does nothing else, it is that of one of them.
 *
 * @module
 */

import type { UnderWay } from "../fabric/running_words.ts";
import type { Answers } from "../host/answers.ts";
import type { HostedTask } from "./hosted_task.ts";

/** Tasks with a deadline that are under way, and are not on the stack. */
export class TasksUnderWay {
  readonly #tasks = new Set<HostedTask>();
  readonly #answers: Answers;
  readonly #say: (what: UnderWay | undefined) => void;
  /** The latest deadline of all of them. */
  #latest = -Infinity;

  /**
   * None yet.
   *
   * @param answers Knows what else is under way.
   * @param say Tells the other threads.
   */
  constructor(answers: Answers, say: (what: UnderWay | undefined) => void) {
    this.#answers = answers;
    this.#say = say;
  }

  /** A task goes on later; one without a deadline is none of these. */
  add(task: HostedTask): void {
    if (task.deadline === undefined) return;
    this.#tasks.add(task);
    this.#latest = Math.max(this.#latest, task.deadline);
    this.#answers.onChange ??= () => this.#tell();
    this.#tell();
  }

  /** A task has ended. */
  delete(task: HostedTask): void {
    if (!this.#tasks.delete(task)) return;
    if (task.deadline === this.#latest) this.#latest = this.#findLatest();
    if (this.#tasks.size > 0) return;
    this.#answers.onChange = undefined;
    this.#say(undefined);
  }

  #findLatest(): number {
    let latest = -Infinity;
    for (const { deadline } of this.#tasks) {
      if (deadline! > latest) latest = deadline!;
    }
    return latest;
  }

  #tell(): void {
    const endless = this.#answers.running - this.#tasks.size;
    this.#say({ endless, latest: this.#latest });
  }
}
