/**
 * The processors that a caller names.
 *
 * @module
 */

import { ascending } from "./cpu_list.ts";
import type { Processor } from "./processor.ts";

/** What a thread can be pinned to: one processor, or any of several. */
export type PinTarget =
  | Processor
  | number
  | Iterable<Processor | number>;

/** The ids of the processors that a caller names, ascending, each once. */
export function idsOfTarget(target: PinTarget): number[] {
  const listed = typeof target === "object" && Symbol.iterator in target
    ? [...target]
    : [target];
  const ids = listed.map((each) => typeof each === "number" ? each : each.id);
  return [...new Set(ids)].sort(ascending);
}
