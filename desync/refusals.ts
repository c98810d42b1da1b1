/**
 * What refuses a job, in words.
 *
 * @module
 */

import { DesyncClosedError, DesyncPoisonedError } from "./desync_errors.ts";

/** An earlier job has failed. */
export function poisonedError(
  cause: unknown,
  action: string,
): DesyncPoisonedError {
  return new DesyncPoisonedError(
    `Cannot ${action} as an earlier job has failed and poisoned the object`,
    { cause },
  );
}

/** No more jobs are taken. */
export function closedError(action: string = "run job"): DesyncClosedError {
  return new DesyncClosedError(`Cannot ${action} as the object is disposed of`);
}
