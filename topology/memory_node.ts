/**
 * The NUMA nodes that a caller names.
 *
 * @module
 */

import { platform } from "../ffi/mod.ts";
import { topology } from "./detect.ts";
import type { NumaNode } from "./hardware.ts";

/**
 * The node of this machine that a caller names.
 *
 * @param action What it is for, as in `Cannot move pages`.
 * @throws {RangeError} When the machine has no such node.
 */
export function nodeNamed(action: string, node: NumaNode | number): NumaNode {
  const id = typeof node === "number" ? node : node.id;
  const { nodes } = topology();
  const found = nodes.find((each) => each.id === id);
  if (found !== undefined) return found;
  throw new RangeError(
    `${action} as node ${id} is not in this machine: expected one of ${
      nodes.map((each) => each.id).join(", ")
    }`,
  );
}

/** The node on which the calling thread runs at this moment, where known. */
export function nodeOfThread(): NumaNode | undefined {
  const processor = platform().currentProcessor();
  return processor === undefined
    ? undefined
    : topology().processor(processor)?.node;
}
