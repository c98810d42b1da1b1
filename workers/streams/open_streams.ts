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

  /** One was opened. */
  add(call: TaskCall): void {
    this.#calls.add(call);
    call.over.then(() => this.#calls.delete(call));
  }

  /** The runtime is closed: whoever reads one is told, and what it reads ends. */
  end(): void {
    for (const call of this.#calls) {
      call.cancel(new RuntimeClosedError(`complete ${call.label}`));
    }
  }
}
