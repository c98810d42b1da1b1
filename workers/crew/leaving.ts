/**
 * How workers are asked to leave: first until they have nothing to do, then to
 * dispose what they own.
 *
 * @module
 */

import type { BarrierHandle } from "../../sync/waiting/barrier.ts";
import { isGoneWithin } from "../life/life.ts";
import type { DisposeFailure } from "../local/dispose_error.ts";
import type { HostedWorker } from "./hosted_worker.ts";
import type { Starter } from "./starter.ts";

/** How long a worker may take to end once it has nothing to do, in ms. */
export const TIME_TO_END = 2000;

/**
 * Asks a worker until it has nothing to do. Resolves with how much it started
 * since it was asked last.
 */
export async function askForActivity(
  starter: Starter,
  worker: HostedWorker,
): Promise<number> {
  return await starter.ask(
    worker,
    (call) => worker.send({ type: "drain", call }),
  ) as number;
}

/** How a worker is to leave. */
export interface LeaveOptions {
  /** Where it meets those that have to be done before it lets go of anything. */
  readonly barrier: BarrierHandle;
  /** Whether the others go on. */
  readonly alone: boolean;
}

/**
 * Asks a worker to meet others at a barrier, dispose what it owns, and end.
 *
 * @returns What disposers threw there.
 */
export async function askToLeave(
  starter: Starter,
  worker: HostedWorker,
  { barrier, alone }: LeaveOptions,
): Promise<DisposeFailure[]> {
  const { index } = worker;
  try {
    return await starter.ask(
      worker,
      (call) => worker.send({ type: "shutdown", call, barrier, alone }),
    ) as DisposeFailure[];
  } catch (error) {
    // Otherwise nothing is left open.
    if (!starter.options.commons.isDisposing(index)) return [];
    return [{ worker: index, name: "what it owns", error }];
  }
}

/** Whether a worker is gone within so many ms. Resolves when it is, or the time is up. */
export async function whenWorkerIsGone(
  { life }: HostedWorker,
  timeout: number,
): Promise<boolean> {
  return await isGoneWithin(life, timeout);
}
