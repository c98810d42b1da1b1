/**
 * The runtime: pinned workers that host linked instances, and calls to them
 * through shared memory.
 *
 * ```ts
 * import { Runtime } from "@kindred/kindred/workers";
 * import { assertEquals } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * assertEquals(runtime.size, 1);
 * ```
 *
 * @module
 */

export { type MissingPart } from "../ffi/platform.ts";
export { type WorkerReport, type WorkerState } from "./crew.ts";
export {
  RuntimeClosedError,
  WorkerLostError,
  type WorkerLostErrorOptions,
} from "./errors.ts";
export {
  type RuntimeMode,
  RuntimeReport,
  type RuntimeReportParts,
} from "./report.ts";
export {
  Runtime,
  type RuntimeCloseOptions,
  type RuntimeOptions,
} from "./runtime.ts";
