/**
 * The nodes whose memory this process may have.
 *
 * @module
 */

import { platform } from "../../ffi/mod.ts";
import { type NumaNode, parseCpuList, topology } from "../../topology/mod.ts";

/** The nodes with memory that the process's cpuset allows, as the kernel says. */
export function nodesWithUsableMemory(): NumaNode[] {
  const status = platform().readFile("/proc/self/status") ?? "";
  const list = /^Mems_allowed_list:\s*(.+)$/m.exec(status)?.[1];
  const allowed = list === undefined ? undefined : parseCpuList(list);
  return topology().nodes.filter(({ id, memory }) =>
    memory !== 0 && (allowed?.includes(id) ?? true)
  );
}
