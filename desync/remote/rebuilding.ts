/**
 * What becomes of an object whose worker is lost.
 *
 * @module
 */

import { Deadline } from "../../sync/thread/timeout.ts";
import { WorkerLostError } from "../../workers/errors.ts";
import type { TaskCall } from "../../workers/tasks/task_call.ts";
import { hostObject, type Life } from "./host_object.ts";
import type { OwnerLink } from "./owner_link.ts";

/** Makes an object again, or says that it is gone. */
export class Rebuilding {
  readonly #link: OwnerLink;
  #task: TaskCall | undefined = undefined;
  #made: Promise<Life> | undefined = undefined;
  #loss: WorkerLostError | undefined = undefined;

  /** The object is there. */
  constructor(link: OwnerLink) {
    this.#link = link;
  }

  /** Why the object is gone for good, if it is. */
  get loss(): WorkerLostError | undefined {
    return this.#loss;
  }

  /** Resolves when the object is there again; undefined: this thread does not wait for it. */
  get made(): Promise<Life> | undefined {
    return this.#made;
  }

  /** What those are told whose job was not run. */
  lossOf(reason: string): WorkerLostError {
    const { worker, name } = this.#link.plan;
    const label = `job of '${name}'`;
    return new WorkerLostError(worker, reason, { started: false, label });
  }

  /**
   * Sees to it that the object is made again.
   *
   * @throws {WorkerLostError} If it is not to be, or has no worker any more.
   */
  begin(): void {
    // What is settled may have been lost again, before anybody else was told.
    if (this.#task?.isSettled === false) return;
    const { plan, port } = this.#link;
    const { worker, name, onLoss } = plan;
    if (onLoss === "refuse" || worker >= port.size) {
      throw this.#loss = this.lossOf(`'${name}' is lost with it`);
    }
    const task = this.#task = port.spawn(hostObject, [plan], { worker, name }, {
      isBounded: true,
    });
    this.#made = (task.promise as Promise<unknown> as Promise<Life>)
      .finally(() => {
        if (this.#task === task) this.#made = undefined;
      });
    this.#made.catch(() => {}); // whoever waits for a job is told
  }

  /**
   * Blocks this thread until the object is there again, for so many ms at most.
   *
   * @throws What its factory throws.
   * @throws {DeadlockError} If that cannot be while this thread blocks.
   * @throws {DOMException} Named `TimeoutError`, if the time is up.
   */
  wait(timeout: number): void {
    this.begin();
    this.#task!.join(new Deadline(timeout));
  }
}
