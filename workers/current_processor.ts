/**
 * Where the calling thread runs.
 *
 * @module
 */

import { platform } from "../ffi/detect.ts";

/**
 * The processor on which the calling thread runs now; undefined if that cannot
 * be known. Where there is only one, no system has to be asked.
 */
export function currentProcessor(): number | undefined {
  return platform().currentProcessor() ??
    (navigator.hardwareConcurrency === 1 ? 0 : undefined);
}
