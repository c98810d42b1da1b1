/**
 * For how many threads a sort is cut into parts.
 *
 * @module
 */

import { currentRuntime } from "../../workers/runtime/inside.ts";
import type { ParallelOptions } from "../run/parallel_options.ts";

/** How many threads there are for a sort, as far as that is known before it begins. */
export function threadsOf({ runtime }: ParallelOptions): number {
  const { size } = runtime ?? currentRuntime() ?? {
    size: navigator.hardwareConcurrency,
  };
  return size;
}
