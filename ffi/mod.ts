/**
 * The operating system, behind one interface. This folder is the only place
 * that opens shared libraries.
 *
 * @module
 */

export { idsOf, maskOf, MAX_PROCESSOR_ID } from "./cpu_mask.ts";
export { platform, type PlatformOptions } from "./detect.ts";
export { describeErrno, EINVAL, ENOENT } from "./errno.ts";
export { fallbackPlatform } from "./fallback.ts";
export {
  type BindOptions,
  MemoryCalls,
  type MemoryView,
  type PageStates,
} from "./memory_calls.ts";
export { type NodeMemory, NumaLibrary } from "./numa.ts";
export { denoNamespace } from "./open.ts";
export type { MissingPart, Platform, SchedulingClass } from "./platform.ts";
export type { SocketCalls } from "./socket_calls.ts";
