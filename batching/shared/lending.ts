/**
 * The batches of a lane that other threads read: as its worker lends them, and as it
 * finds those that a former one has lent.
 *
 * @module
 */

import type { BatchRegion } from "../../sync/batch/batch_region.ts";
import { BatchView } from "../../sync/batch/batch_view.ts";
import { currentThread, SLICE } from "../../sync/thread/thread.ts";
import type { RuntimeFace } from "../../workers/runtime/runtime_face.ts";
import type { BatchLoan } from "../batch_cells.ts";
import type { QueueMemory } from "./queue_memory.ts";
import type { TaskFormName } from "./task_form.ts";

/** What lending needs of the lane. */
export interface LendingOptions {
  readonly memory: QueueMemory;
  readonly lane: number;
  /** What the tasks are. */
  readonly form: TaskFormName;
  /** That of this worker. */
  readonly runtime: RuntimeFace | undefined;
}

/** Lends the batches of a lane. */
export class Lending {
  readonly #options: LendingOptions;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** For the worker that has the lane. */
  constructor(options: LendingOptions) {
    this.#options = options;
  }

  /** Lends a batch; nothing if there are too many loans. */
  lend<Task>(region: BatchRegion<unknown>): BatchLoan<Task> | undefined {
    const { memory, lane, form, runtime } = this.#options;
    const loan = memory.loans.lend(currentThread().id, lane, region.start);
    return loan && {
      tasks: { view: BatchView.from(region.handle), form },
      sent: { ...loan, memory: memory.handle },
      runtime,
      end: () => memory.loans.takeBack(loan),
    };
  }

  /** Copies of tasks, where they cannot be lent. */
  copies<Task>(tasks: readonly Task[]): BatchLoan<Task> {
    const { runtime } = this.#options;
    return { tasks: { tasks }, runtime, end() {} };
  }

  /** Frees batches that a lost worker has left, each when nobody reads it any more. */
  freeLost(
    regions: readonly BatchRegion<unknown>[],
    free: (region: BatchRegion<unknown>) => void,
  ): void {
    if (regions.length === 0) return;
    const { memory, lane } = this.#options;
    const read = memory.loans.recover(lane);
    const kept = regions.filter(({ start }) => read.has(start | 0));
    for (const region of regions) if (!kept.includes(region)) free(region);
    this.#timer = kept.length === 0
      ? undefined
      : setTimeout(() => this.freeLost(kept, free), SLICE);
  }

  /** Waits for nobody any more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
