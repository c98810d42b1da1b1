/**
 * The streams that a thread has opened.
 *
 * @module
 */

import { RuntimeClosedError } from "../errors.ts";
import type { TaskCall } from "../tasks/task_call.ts";

/** The streams that were opened here and have not ended. */
export class OpenStreams {
  readonly #calls = new Set<TaskCall>();
  readonly #others = new Set<() => void>();

  /** One was opened. */
  add(call: TaskCall): void {
    this.#calls.add(call);
    call.over.then(() => this.#calls.delete(call));
  }

  /**
   * Something else was begun that is to end with the streams.
   *
   * @returns Forgets it, as it has ended.
   */
  endWith(end: () => void): () => void {
    this.#others.add(end);
    return () => this.#others.delete(end);
  }

  /** The runtime is closed: whoever reads one is told, and what it reads ends. */
  end(): void {
    for (const call of this.#calls) {
      call.cancel(new RuntimeClosedError(`complete ${call.label}`));
    }
    for (const end of this.#others) end();
  }
}
