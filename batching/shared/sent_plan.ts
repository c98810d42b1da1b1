/**
 * Plans of shared queues on their way to other threads.
 *
 * @module
 */

import { isClosure } from "../../aware/closure.ts";
import {
  type AnyFunction,
  functionCodec,
} from "../../codec/function_values.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import { sentFields } from "../../codec/sent_fields.ts";
import type { Writer } from "../../codec/writer.ts";
import { Family } from "../../linked/family.ts";
import { QueueMemory, type QueueMemoryHandle } from "./queue_memory.ts";
import type { QueueKind, QueueLane, QueuePlan } from "./queue_plan.ts";
import { ringSuits } from "./task_form.ts";

/** What is sent of a plan. */
export type SentPlan = Omit<QueuePlan, "processor"> & {
  readonly processor: unknown;
};

/** What is sent of a plan. */
export function sentPlan(plan: QueuePlan, out: Writer): SentPlan {
  const { processor } = plan;
  return {
    ...plan,
    processor: isClosure(processor)
      ? processor
      : [functionCodec().encode(processor, out)],
  };
}

/**
 * The plan that another thread sent.
 *
 * @param isKind Whether there are queues of a kind.
 * @throws {CorruptFrameError} If it is none.
 */
export function receivedPlan(
  data: unknown,
  from: Reader,
  isKind: (kind: QueueKind) => boolean,
): QueuePlan {
  const sent = sentFields<SentPlan>(data);
  const { id, kind, form, lanes, memory, family, overflow, processor } = sent;
  if (
    !isCount(id) || !isKind(kind as QueueKind) ||
    !(family instanceof Family) || !isLimit(sent.maxBatch) ||
    !isLimit(sent.concurrency) ||
    (overflow !== "wait" && overflow !== "reject") ||
    !Array.isArray(lanes) || lanes.length === 0 ||
    !lanes.every((lane) => isLane(lane) && ringSuits(form, lane.ring)) ||
    !isMemory(memory, lanes.length)
  ) {
    throw new CorruptFrameError("Cannot receive queue as it is incomplete");
  }
  return {
    ...sent as unknown as QueuePlan,
    processor: receivedProcessor(processor, from),
  };
}

function receivedProcessor(sent: unknown, from: Reader): AnyFunction {
  if (Array.isArray(sent)) return functionCodec().decode(sent[0], from);
  if (typeof sent === "function" && isClosure(sent)) return sent as AnyFunction;
  throw new CorruptFrameError(
    `Cannot receive queue as its processor is none: received ${typeof sent}`,
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isLimit(value: unknown): boolean {
  return isCount(value) || value === Infinity;
}

function isLane(data: unknown): data is QueueLane {
  const { worker } = sentFields<QueueLane>(data);
  return isCount(worker);
}

function isMemory(data: unknown, lanes: number): boolean {
  const handle = sentFields<QueueMemoryHandle>(data);
  if (handle.lanes !== lanes) return false;
  try {
    QueueMemory.from(handle as QueueMemoryHandle);
    return true;
  } catch {
    return false;
  }
}
