/**
 * The platform of last resort: it knows nothing and pins nothing.
 *
 * @module
 */

import { ENOSYS } from "./errno.ts";
import type { MissingPart, Platform } from "./platform.ts";

/** A platform that answers every question with "unknown". */
export function fallbackPlatform(missing: readonly MissingPart[]): Platform {
  return Object.freeze({
    source: "nothing",
    missing: Object.freeze([...missing]),
    numa: undefined,
    memory: undefined,
    sockets: undefined,
    pageSize: undefined,
    currentProcessor: () => undefined,
    threadId: () => undefined,
    affinity: () => undefined,
    setAffinity: () => ENOSYS,
    affinityOf: () => undefined,
    setAffinityOf: () => ENOSYS,
    schedulingOf: () => undefined,
    setSchedulingOf: () => ENOSYS,
    readFile: () => undefined,
    namesIn: () => [],
  });
}
