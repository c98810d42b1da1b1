/**
 * Running functions on other workers, on the tasks of a batch.
 *
 * @module
 */

import { closure, isClosure } from "../aware/closure.ts";
import type { AnyFunction } from "../codec/function_values.ts";
import { currentThread } from "../sync/thread/thread.ts";
import { portable } from "../workers/functions/portable.ts";
import { workerIndex } from "../workers/runtime/inside.ts";
import { RuntimeFace } from "../workers/runtime/runtime_face.ts";
import type { SpawnOptions } from "../workers/tasks/spawn_options.ts";
import type { BatchLoan } from "./batch_cells.ts";
import { LentBatch } from "./lent_batch.ts";
import { QueueMemory, type QueueMemoryHandle } from "./shared/queue_memory.ts";
import type { Loan } from "./shared/loans.ts";

/** Options of {@linkcode BoundedBatch.withBlocking}: how the function is run. */
export interface BlockingOptions extends SpawnOptions {
  /**
   * The runtime whose workers run it. Default: the one of the worker that
   * processes the batch; to be given on the thread that started it.
   */
  readonly runtime?: RuntimeFace;
}

/** A loan in the memory of a shared queue, in a message. */
export interface SentLoan extends Loan {
  readonly memory: QueueMemoryHandle;
}

/** Runs there. */
export const runLent: AnyFunction = portable(
  import.meta.url,
  async function runLent(
    run: AnyFunction,
    args: unknown[],
    loan: SentLoan | undefined,
  ): Promise<unknown> {
    if (loan === undefined) return await run(...args);
    const { loans } = QueueMemory.from(loan.memory);
    const me = currentThread().id;
    if (!loans.begin(loan, me)) {
      throw new TypeError(
        "Cannot read batch as the worker that lent it is lost",
      );
    }
    try {
      return await run(...args);
    } finally {
      loans.end(loan, me);
    }
  },
);

let turns = 0;

/**
 * Runs a function on tasks that were lent, and waits until nobody reads them any more.
 *
 * @throws {TypeError} If there is no runtime to run it.
 */
export async function runOn(
  loan: BatchLoan<unknown>,
  fn: AnyFunction,
  { runtime = loan.runtime, ...options }: BlockingOptions,
): Promise<unknown> {
  if (!(runtime instanceof RuntimeFace)) {
    throw new TypeError(
      `Cannot process batch elsewhere as 'runtime' must be a Runtime: received ${typeof runtime}`,
    );
  }
  const { sent } = loan;
  const tasks = new LentBatch(loan.tasks);
  const [run, args] = isClosure(fn)
    ? [fn, [tasks]] as const
    : [closure(tasks, fn), []] as const;
  const place = elsewhere(runtime, options);
  // It ends when the task has, also if that is given up before.
  return await runtime.scope((scope) =>
    scope.with(place).spawn(runLent, run as never, args as never, sent as never)
  );
}

/** What blocks is not to block the worker that processes the batch. */
function elsewhere(runtime: RuntimeFace, options: SpawnOptions): SpawnOptions {
  const here = workerIndex();
  const { size } = runtime;
  const { worker, near, key, placement } = options;
  if (here === undefined || size < 2) return options;
  if ((worker ?? near ?? key ?? placement) !== undefined) return options;
  return { ...options, worker: (here + 1 + turns++ % (size - 1)) % size };
}
