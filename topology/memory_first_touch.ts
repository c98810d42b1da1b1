/**
 * Placing memory by touching it first: a page comes from the node of the
 * processor that writes to it first.
 *
 * @module
 */

import { describeErrno, type Platform, platform } from "../ffi/mod.ts";
import { parseCpuList } from "./cpu_list.ts";
import type { NumaNode } from "./hardware.ts";

/** What a page has at least, on every machine that Deno runs on. */
const SMALLEST_PAGE = 4096;

/**
 * Lets the calling thread, for this moment, run on the processors of a node
 * only, and touches every page of a buffer, whose content stays as it is.
 *
 * @returns Why it cannot be done; `undefined` if it is.
 */
export function touchFrom(
  node: NumaNode,
  buffer: SharedArrayBuffer,
): string | undefined {
  const { ids } = node.processors;
  if (ids.length === 0) return "it has no processors";
  if (node.memory === 0) return "it has no memory";
  const system = platform();
  const nodes = allowedNodes(system);
  if (nodes !== undefined && !parseCpuList(nodes).includes(node.id)) {
    return `only memory of nodes ${nodes} is allowed to this process`;
  }
  const former = system.affinity();
  if (former === undefined) return "threads cannot be pinned";
  // Those that are not allowed drop out, as long as one remains.
  const errno = system.setAffinity(ids);
  if (errno !== 0) {
    return `processors ${node.processors} cannot be used (${
      describeErrno(errno)
    })`;
  }
  try {
    touch(buffer, system.pageSize ?? SMALLEST_PAGE);
  } finally {
    system.setAffinity(former);
  }
  return undefined;
}

/** The nodes whose memory this process may have, as a kernel list, where known. */
function allowedNodes(system: Platform): string | undefined {
  const status = system.readFile("/proc/self/status") ?? "";
  return /^Mems_allowed_list:\s*(.+)$/m.exec(status)?.[1];
}

/** Writes to each page what is there. */
function touch(buffer: SharedArrayBuffer, pageSize: number): void {
  const bytes = new Uint8Array(buffer, 0, buffer.byteLength);
  for (let offset = 0; offset < bytes.length; offset += pageSize) {
    Atomics.or(bytes, offset, 0);
  }
}
