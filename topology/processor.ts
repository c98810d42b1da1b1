/**
 * One hardware thread.
 *
 * @module
 */

import type { Core, Die, NumaNode, Package } from "./hardware.ts";

/**
 * One hardware thread, as the operating system numbers it. Ids are sparse:
 * never assume 0 to n-1.
 *
 * @example Usage
 * ```ts
 * import { topology } from "@kindred/kindred/topology";
 * import { assert } from "@std/assert";
 *
 * for (const processor of topology().allowed) {
 *   assert(processor.online);
 * }
 * ```
 */
export interface Processor {
  /** The operating system's id. */
  readonly id: number;
  /** Whether it runs now. An offline processor has no core and no node. */
  readonly online: boolean;
  /** Whether the thread that detected the topology may run on it. */
  readonly allowed: boolean;
  /** Whether the scheduler leaves it alone: only a thread that is pinned to it runs there. */
  readonly isolated: boolean;
  /** Its core, where known. */
  readonly core: Core | undefined;
  /** Its die, in packages that have several. */
  readonly die: Die | undefined;
  /** Its package, where known. */
  readonly package: Package | undefined;
  /** Its NUMA node, where known. */
  readonly node: NumaNode | undefined;
  /**
   * The rank of its efficiency class: 0 is the slowest class of the machine.
   * `undefined` for an offline processor.
   */
  readonly class: number | undefined;
  /** Whether it is of the machine's fastest class. True for all where there is only one. */
  readonly performance: boolean;
}
