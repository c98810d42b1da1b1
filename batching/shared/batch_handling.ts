/**
 * What the worker does with the batches of each kind of shared queue.
 *
 * @module
 */

import { assignmentOf } from "../assignment.ts";
import { BatchIncompleteError } from "../batch_errors.ts";
import { isThenable } from "../../codec/thenable.ts";
import {
  type BoundedBatch,
  boundedOf,
  checkBounded,
} from "../bounded_batch.ts";
import { OpenBatch } from "../open_batch.ts";
import type { QueuePlan } from "./queue_plan.ts";
import type { SharedBatch } from "./shared_batch.ts";

type Processor = (batch: OpenBatch<never>) => unknown;
type Batch = SharedBatch<unknown, unknown>;

/** What is done with batches: it differs with what those get who pushed the tasks. */
export interface BatchHandling {
  /** Processes a batch. */
  run(batch: Batch): unknown;
  /** The processor of a batch returned; called if it is not freed. */
  returned(batch: Batch): void;
  /** The processor of a batch failed; called if it is not freed. */
  failed(batch: Batch, reason: unknown): void;
  /** The processor gave up a batch, which is not freed. */
  abandoned(batch: Batch, reason: unknown): void;
}

/** How the batches of a queue are handled. */
export function handlingOf({ kind, processor }: QueuePlan): BatchHandling {
  switch (kind) {
    case "values":
      return answered(processor);
    case "background":
      return background(processor);
    case "reduced":
      return reduced(processor);
  }
}

/** Each task gets a value. */
function answered(processor: Processor): BatchHandling {
  return {
    run: (batch) => processor(new OpenBatch(batch, assignmentOf) as never),
    returned: (batch) =>
      batch.fail(
        new BatchIncompleteError(
          batch.size,
          "its processor returned before each task had an answer",
        ),
      ),
    failed: (batch, reason) => batch.fail(reason),
    abandoned: (batch, reason) => batch.refuse(reason),
  };
}

/** Who pushed a task learns when it is done, or gets it back. */
function background(processor: Processor): BatchHandling {
  return {
    run: (batch) => {
      const open = new OpenBatch(batch, boundedOf);
      const result = processor(open as never);
      return result === undefined
        ? checkBounded(open)
        : Promise.resolve(result).then(() => checkBounded(open));
    },
    returned: (batch) => batch.finish(),
    failed: (batch, reason) => batch.giveBack(reason),
    abandoned: (batch) => batch.finish(),
  };
}

/** Who pushed the first task gets what the others come to, and they nothing, at once. */
function reduced(
  reducer: (tasks: BoundedBatch<unknown>) => unknown,
): BatchHandling {
  return {
    ...answered(() => {}),
    run(batch) {
      batch.seal();
      for (let k = 1; k < batch.size; k++) batch.resolve(k, undefined);
      const result = reducer(boundedOf(batch));
      if (!isThenable(result)) return void batch.resolve(0, result);
      return Promise.resolve(result).then((result) => batch.resolve(0, result));
    },
  };
}
