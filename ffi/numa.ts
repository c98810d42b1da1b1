/**
 * libnuma: the NUMA nodes of the machine.
 *
 * libnuma prints to standard error when it meets something it did not expect,
 * so it is opened only where the kernel has nodes, and asked only about nodes
 * that exist.
 *
 * @module
 */

import type { MissingPart } from "./platform.ts";
import { openLibrary } from "./open.ts";

const NUMA_SYMBOLS = {
  available: { name: "numa_available", parameters: [], result: "i32" },
  maxNode: { name: "numa_max_node", parameters: [], result: "i32" },
  distance: {
    name: "numa_distance",
    parameters: ["i32", "i32"],
    result: "i32",
  },
  nodeSize: {
    name: "numa_node_size64",
    parameters: ["i32", "buffer"],
    result: "i64",
  },
  // A `struct bitmask *` is only carried from one call to the next, so its
  // address is all that is needed.
  allocateCpuMask: {
    name: "numa_allocate_cpumask",
    parameters: [],
    result: "usize",
  },
  nodeToCpus: {
    name: "numa_node_to_cpus",
    parameters: ["i32", "usize"],
    result: "i32",
  },
  maskBytes: {
    name: "numa_bitmask_nbytes",
    parameters: ["usize"],
    result: "u32",
  },
  maskHas: {
    name: "numa_bitmask_isbitset",
    parameters: ["usize", "u32"],
    result: "i32",
  },
  freeMask: {
    name: "numa_bitmask_free",
    parameters: ["usize"],
    result: "void",
  },
} as const;

type NumaFunctions = Deno.StaticForeignLibraryInterface<typeof NUMA_SYMBOLS>;

/** The memory of a NUMA node, in bytes. */
export interface NodeMemory {
  /** How much there is. */
  readonly size: number;
  /** How much of it is free at this moment. */
  readonly free: number;
}

/** libnuma, as far as Kindred uses it. Node and processor ids are the kernel's, and sparse. */
export class NumaLibrary {
  /** Under what name the library opened. */
  readonly path: string;
  readonly #functions: NumaFunctions;

  /** Wraps an opened library; {@linkcode openNuma} makes one. */
  constructor(functions: NumaFunctions, path: string) {
    this.#functions = functions;
    this.path = path;
  }

  /** The nodes of the machine, ascending. */
  nodes(): number[] {
    const nodes: number[] = [];
    const last = this.#functions.maxNode();
    for (let node = 0; node <= last; node++) {
      if (this.memory(node) !== undefined) nodes.push(node);
    }
    return nodes;
  }

  /** The processors of a node of {@linkcode NumaLibrary.nodes}, ascending. */
  processorsOf(node: number): number[] | undefined {
    const { allocateCpuMask, freeMask, maskBytes, maskHas, nodeToCpus } =
      this.#functions;
    const mask = allocateCpuMask();
    if (mask === 0n) return undefined;
    try {
      if (nodeToCpus(node, mask) < 0) return undefined;
      const processors: number[] = [];
      const bits = maskBytes(mask) * 8;
      for (let bit = 0; bit < bits; bit++) {
        if (maskHas(mask, bit) !== 0) processors.push(bit);
      }
      return processors;
    } finally {
      freeMask(mask);
    }
  }

  /** How far memory of node `b` is from node `a`: 10 is local, 20 takes twice as long. */
  distance(a: number, b: number): number | undefined {
    const distance = this.#functions.distance(a, b);
    return distance > 0 ? distance : undefined;
  }

  /** The memory of a node. */
  memory(node: number): NodeMemory | undefined {
    const free = new BigInt64Array(1);
    const size = this.#functions.nodeSize(node, free);
    return size < 0n
      ? undefined
      : { size: Number(size), free: Number(free[0]!) };
  }
}

/** Opens libnuma, or says why not. */
export function openNuma(
  readFile: (path: string) => string | undefined,
): NumaLibrary | MissingPart {
  const what = "libnuma";
  if (readFile("/sys/devices/system/node/online") === undefined) {
    return { what, why: "this system shows no NUMA nodes in /sys" };
  }
  const opened = openLibrary(["libnuma.so.1"], NUMA_SYMBOLS);
  if (opened.symbols === undefined) return { what, ...opened };
  if (opened.symbols.available() < 0) {
    return { what, why: "the kernel has no NUMA calls" };
  }
  return new NumaLibrary(opened.symbols, opened.path);
}
