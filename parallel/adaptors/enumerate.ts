/**
 * `enumerate`: values with their indices.
 *
 * @module
 */

import type { LoopCode } from "../plan/loop_code.ts";
import { after, IndexedNode } from "../plan/node.ts";

/** Pairs of an index and its value. */
export function enumerate(former: IndexedNode): IndexedNode {
  return new Enumerated(former);
}

class Enumerated extends IndexedNode {
  readonly #former: IndexedNode;

  constructor(former: IndexedNode) {
    super(after(former, "enumerate", []));
    this.#former = former;
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const value = this.#former.emitAt(code, base, index);
    return code.value(`[${index}, ${value}]`);
  }
}
