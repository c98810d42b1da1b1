/**
 * Whether a thread still counts.
 *
 * @module
 */

import { currentThread } from "../../sync/thread/thread.ts";

/** How this thread stands with the others. */
export class Standing {
  readonly #threads = currentThread().threads;
  readonly #me = currentThread().id;

  /**
   * Whether this thread, a worker, was given up: it is to end, and its calls do not
   * arrive any more.
   */
  get isGivenUp(): boolean {
    return !this.#threads.isLive(this.#me);
  }
}
