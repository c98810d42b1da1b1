/**
 * For tests that place memory, which not every system lets them.
 *
 * @module
 */

import { type MemoryCalls, platform } from "../../ffi/mod.ts";

/** The memory calls of this system. */
export const MEMORY: MemoryCalls | undefined = platform().memory;

/** Whether the kernel places memory. */
export const PLACES: boolean = MEMORY?.refusal === 0;

/** The size of a page in bytes. */
export const PAGE: number = MEMORY?.pageSize ?? 4096;

/** Leaves a test out where the kernel places no memory. */
export const WITH_PLACEMENT: { readonly ignore: boolean } = {
  ignore: !PLACES,
};

/** To be put behind the name of such a test. */
export const NEEDS_PLACEMENT: string = PLACES
  ? ""
  : " (needs Linux, --allow-ffi and a kernel that places memory)";
