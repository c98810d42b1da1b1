/**
 * Where the calling thread runs, and where it may.
 *
 * @module
 */

import { platform } from "../ffi/mod.ts";
import { idsOfTarget, type PinTarget } from "./pin_target.ts";

/**
 * The id of the processor on which the calling thread runs at this moment.
 * Unless the thread is pinned, the answer may be out of date at once.
 *
 * @example Usage
 * ```ts
 * import { currentProcessor, topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const id = currentProcessor();
 * assert(id === undefined || topology().online.has(id));
 * ```
 *
 * @returns The id; `undefined` where it cannot be known, as without `--allow-ffi`.
 */
export function currentProcessor(): number | undefined {
  return platform().currentProcessor();
}

/**
 * The ids of the processors on which the calling thread may run, at this
 * moment.
 *
 * @example Usage
 * ```ts
 * import { allowedProcessors } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const ids = allowedProcessors();
 * assert(ids === undefined || ids.length >= 1);
 * ```
 *
 * @returns The ids, ascending; `undefined` where they cannot be known, as without `--allow-ffi`.
 */
export function allowedProcessors(): number[] | undefined {
  return platform().affinity();
}

/**
 * Whether the calling thread stays where it is: on one processor, or on the
 * given ones. The system is asked each time, so a pin shows that somebody else
 * made, as the program that started this one or an administrator.
 *
 * @example Pinned to a processor, and so to its node
 * ```ts
 * import { isPinned, pinThread, topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * const [processor] = topology().allowed;
 * if (topology().source.includes("libc")) {
 *   using _pin = pinThread(processor!);
 *   assert(isPinned());
 *   assert(isPinned(processor!.node!.processors));
 * }
 * ```
 *
 * @param target The processors, as a set, one by one, or by their ids; default: any one processor.
 * @returns Whether the thread can run on no other processor; false where that cannot be known.
 */
export function isPinned(target?: PinTarget): boolean {
  const ids = platform().affinity();
  if (ids === undefined) return false;
  if (target === undefined) return ids.length === 1;
  const wanted = new Set(idsOfTarget(target));
  return ids.every((id) => wanted.has(id));
}
