/**
 * Placing memory by touching it first: a page comes from the node of the
 * processor that writes to it first.
 *
 * @module
 */

import { describeErrno, platform } from "../ffi/mod.ts";
import type { NumaNode } from "./hardware.ts";
import { whyNoMemoryOn } from "./memory_missing.ts";

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
  const reason = whyNoMemoryOn(node);
  if (reason !== undefined) return reason;
  const system = platform();
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

/** Writes to each page what is there. */
function touch(buffer: SharedArrayBuffer, pageSize: number): void {
  const bytes = new Uint8Array(buffer, 0, buffer.byteLength);
  for (let offset = 0; offset < bytes.length; offset += pageSize) {
    Atomics.or(bytes, offset, 0);
  }
}
