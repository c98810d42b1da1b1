/**
 * What describes a shared queue, on all threads.
 *
 * @module
 */

import type { AnyFunction } from "../../codec/function_values.ts";
import type { Family } from "../../linked/family.ts";
import type { QueueHost } from "./queue_host.ts";
import type { QueueMemoryHandle } from "./queue_memory.ts";
import type { TaskFormName, TaskMemory } from "./task_form.ts";

/** What those get who push tasks: values, word of failures only, or one of them the result. */
export type QueueKind = "values" | "background" | "reduced";

/** A ring, and the index of the worker that processes what is pushed into it. */
export interface QueueLane {
  readonly worker: number;
  readonly ring: TaskMemory;
}

/** A queue. */
export interface QueuePlan {
  /** No other queue of the thread that made it has this number. */
  readonly id: number;
  readonly kind: QueueKind;
  readonly lanes: readonly QueueLane[];
  /** What the tasks are. */
  readonly form: TaskFormName;
  readonly memory: QueueMemoryHandle;
  readonly processor: AnyFunction;
  readonly maxBatch: number;
  readonly concurrency: number;
  readonly overflow: "wait" | "reject";
  /** By which the workers are called. */
  readonly family: Family<QueueHost>;
}

/** Why a queue takes nothing any more. */
export function queueClosed(): TypeError {
  return new TypeError("Cannot push task as its queue was closed");
}
