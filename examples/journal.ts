/**
 * A value that each worker has one of, and what others may see of it.
 *
 * @module
 */

import { LocalRef, portable, SharedCounter, WorkerLocal } from "../mod.ts";

/** What a worker wrote down. */
export class Journal implements Disposable {
  /** What other threads see of it. */
  readonly shared: LocalRef<{ lines: SharedCounter }> = new LocalRef({
    lines: new SharedCounter(),
  });
  #last = "";

  /** Writes a line. Returns how many there are. */
  write(line: string): number {
    this.#last = line;
    return this.shared.get().lines.add(1) + 1;
  }

  /** Closes the journal. */
  [Symbol.dispose](): void {
    if (this.#last.endsWith("…")) {
      throw new Error("Cannot close journal as its last line is not finished");
    }
  }
}

/** The journal of each worker. */
export const journal: WorkerLocal<Journal> = new WorkerLocal(
  () => new Journal(),
  { name: "journal" },
);

/** Writes into the journal of the worker that runs this. */
export const write: (line: string) => number = portable(
  import.meta.url,
  function write(line: string) {
    return journal.value.write(line);
  },
);
