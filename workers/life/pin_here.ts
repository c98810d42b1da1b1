/**
 * Pins the calling thread for good.
 *
 * @module
 */

import { platform } from "../../ffi/detect.ts";
import { describeErrno } from "../../ffi/errno.ts";

/**
 * Pins the calling thread to one processor, and reads back that it is.
 *
 * @returns Why it is not pinned; undefined if it is.
 */
export function pinHere(processor: number): string | undefined {
  const os = platform();
  const errno = os.setAffinity([processor]);
  if (errno !== 0) return describeErrno(errno);
  const affinity = os.affinity();
  if (affinity?.length === 1 && affinity[0] === processor) return undefined;
  return `the operating system allows processors ${affinity}`;
}
