/**
 * Room for one value in the memory of a node.
 *
 * @module
 */

import { LINE, type SharedSlice } from "../sync/memory/memory.ts";
import type { MemoryAffinity } from "./affinity.ts";
import { growTo } from "./node_memory.ts";

/** What is behind all that is in some memory already. */
export class Room {
  /** The memory of the node. */
  readonly memory: SharedArrayBuffer;
  readonly #affinity: MemoryAffinity;
  #used: number;

  /** On the node of an affinity. */
  constructor(memory: SharedArrayBuffer, affinity: MemoryAffinity) {
    this.memory = memory;
    this.#affinity = affinity;
    this.#used = memory.byteLength;
  }

  /** Cuts zeroed memory, which starts on a line of its own. */
  cut(byteLength: number): SharedSlice {
    const { memory } = this;
    const byteOffset = this.#used;
    const end = byteOffset + Math.ceil(byteLength / LINE) * LINE;
    growTo(memory, end, this.#affinity);
    this.#used = end;
    return { buffer: memory, byteOffset };
  }
}
