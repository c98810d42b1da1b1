/**
 * Distances between NUMA nodes, from `/sys/devices/system/node` or from
 * libnuma.
 *
 * @module
 */

import type { NumaLibrary } from "../ffi/mod.ts";
import type { MachineFiles } from "./machine_files.ts";
import type { DistanceRecord } from "./machine_record.ts";
import { NODE_FOLDER } from "./read_nodes.ts";

/** What {@linkcode readDistances} found. */
export interface Distances {
  /** The distances; `null` where the system does not tell, or tells nonsense. */
  readonly distances: DistanceRecord | null;
  /** What is odd about them. */
  readonly notes: readonly string[];
}

/**
 * Reads the distances between some nodes. Each node's file has one for each
 * online node, in the order of their ids.
 */
export function readDistances(
  files: MachineFiles,
  nodes: readonly number[],
  numa: NumaLibrary | undefined,
): Distances {
  if (nodes.length < 2) return { distances: null, notes: [] };
  const rows = nodes.map((from) =>
    numa === undefined
      ? numbersIn(files.text(`${NODE_FOLDER}/node${from}/distance`))
      : nodes.map((to) => numa.distance(from, to) ?? Number.NaN)
  );
  if (rows.every((row) => row.length === 0)) {
    return { distances: null, notes: [] };
  }
  const fits = rows.every((row) =>
    row.length === nodes.length && row.every((each) => each > 0)
  );
  if (!fits) {
    const note =
      "The distances between NUMA nodes are malformed, so they count as unknown.";
    return { distances: null, notes: [note] };
  }
  return {
    distances: { nodes: [...nodes], rows },
    notes: nodes.flatMap((node, index) => odd(node, rows[index]!, index)),
  };
}

function numbersIn(text: string | undefined): number[] {
  return text ? text.split(/\s+/).map(Number) : [];
}

/** Bad firmware makes a node's own memory the far one. */
function odd(node: number, row: readonly number[], index: number): string[] {
  return row.some((each) => each < row[index]!)
    ? [`NUMA node ${node} says that other memory is nearer than its own.`]
    : [];
}
