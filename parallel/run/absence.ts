/**
 * Workers that cannot come.
 *
 * @module
 */

import {
  QueueFullError,
  RuntimeClosedError,
  WorkerLostError,
} from "../../workers/errors.ts";

/** Whether an error says that there is nobody, rather than what is wrong. */
export function isAbsence(error: unknown): boolean {
  return error instanceof QueueFullError ||
    error instanceof RuntimeClosedError || error instanceof WorkerLostError;
}
