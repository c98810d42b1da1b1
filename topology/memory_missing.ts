/**
 * Why memory cannot be placed: nothing does it, or there is none.
 *
 * @module
 */

import { type Platform, platform } from "../ffi/mod.ts";
import { parseCpuList } from "./cpu_list.ts";
import type { NumaNode } from "./hardware.ts";

/** Why a platform has no memory calls, and which flag would give them. */
export function whyNoMemoryCalls(system: Platform): string {
  const part = system.missing.find(({ what }) => what === "memory placement");
  if (part === undefined) return "this system has no calls that place memory";
  return part.grant === undefined
    ? part.why
    : `${part.why} (${part.grant} would give it)`;
}

/** Why a node has no memory for this process; `undefined` if it may have some. */
export function whyNoMemoryOn(node: NumaNode): string | undefined {
  if (node.memory === 0) return "it has no memory";
  const status = platform().readFile("/proc/self/status") ?? "";
  const nodes = /^Mems_allowed_list:\s*(.+)$/m.exec(status)?.[1];
  return nodes === undefined || parseCpuList(nodes).includes(node.id)
    ? undefined
    : `only memory of nodes ${nodes} is allowed to this process`;
}
