/**
 * What went wrong on the workers of a server.
 *
 * @module
 */

import { RuntimeClosedError, WorkerLostError } from "../workers/errors.ts";

/** Whether a worker did not answer as there is none any more: it has stopped. */
export function isGone(error: unknown): boolean {
  return error instanceof WorkerLostError ||
    error instanceof RuntimeClosedError;
}

/** One reason for several. */
export function reasonOf(failures: readonly unknown[]): unknown {
  return failures.length === 1
    ? failures[0]
    : new AggregateError(failures, "Cannot stop server on several workers");
}
