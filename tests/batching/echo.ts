/**
 * Processors of the tests of queues.
 *
 * @module
 */

import type { Assignment, OpenBatch } from "../../batching/mod.ts";

/** Gives each task itself. */
export function echo<T>(batch: OpenBatch<Assignment<T, T>>): void {
  const assignment = batch.bound();
  assignment.resolve(assignment.toArray());
}

/** A processor that hands its batches to the test. */
export class HeldBatches<Task, Value> {
  /** The batches whose processors run, in order of their start. */
  readonly batches: OpenBatch<Assignment<Task, Value>>[] = [];
  readonly #ends: PromiseWithResolvers<void>[] = [];

  /** The processor: does not return before {@linkcode HeldBatches.end}. */
  readonly process = (
    batch: OpenBatch<Assignment<Task, Value>>,
  ): Promise<void> => {
    this.batches.push(batch);
    const end = Promise.withResolvers<void>();
    this.#ends.push(end);
    return end.promise;
  };

  /** Lets a processor return. */
  end(index: number): void {
    this.#ends[index]!.resolve();
  }

  /** Lets a processor throw. */
  throw(index: number, error: unknown): void {
    this.#ends[index]!.reject(error);
  }
}

/** Lets all microtasks run that there are, and theirs. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Whether a promise is settled, a turn later. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const settle = () => void (settled = true);
  promise.then(settle, settle);
  await turn();
  return settled;
}
