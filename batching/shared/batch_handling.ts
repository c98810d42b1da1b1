/**
 * What the worker does with the batches of each kind of shared queue.
 *
 * @module
 */

import { assignmentOf } from "../assignment.ts";
import { BatchIncompleteError } from "../batch_errors.ts";
import { boundedOf, checkBounded } from "../bounded_batch.ts";
import { OpenBatch } from "../open_batch.ts";
import type { BatchHandling } from "./hosted_queue.ts";
import type { QueuePlan } from "./queue_plan.ts";

/** How the batches of a queue are handled. */
export function handlingOf({ kind, processor }: QueuePlan): BatchHandling {
  return kind === "values" ? answered(processor) : background(processor);
}

type Processor = (batch: OpenBatch<never>) => unknown;

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
