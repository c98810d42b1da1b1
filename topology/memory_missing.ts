/**
 * Why there is nothing that places memory.
 *
 * @module
 */

import type { Platform } from "../ffi/mod.ts";

/** Why a platform has no memory calls, and which flag would give them. */
export function whyNoMemoryCalls(system: Platform): string {
  const part = system.missing.find(({ what }) => what === "memory placement");
  if (part === undefined) return "this system has no calls that place memory";
  return part.grant === undefined
    ? part.why
    : `${part.why} (${part.grant} would give it)`;
}
