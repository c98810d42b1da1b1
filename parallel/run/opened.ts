/**
 * What the loop of a plan has opened on a thread.
 *
 * @module
 */

import { FileText } from "../sources/file_text.ts";

/**
 * Closes what a plan has opened on this thread, which is done with it.
 *
 * @throws {Error} If what was read is not what was planned.
 */
export function finishAll(params: readonly unknown[]): void {
  for (const param of params) if (param instanceof FileText) param.finish();
}

/** The same of a plan that has failed. */
export function closeAll(params: readonly unknown[]): void {
  for (const param of params) if (param instanceof FileText) param.close();
}
