/**
 * Adaptors that give the same values other indices.
 *
 * @module
 */

import type { LoopCode } from "./loop_code.ts";
import { after, IndexedNode, names } from "./node.ts";

/** Which value stands at an index, and what it takes to tell. */
export interface IndexAdaptor {
  /** Names its code. */
  readonly key: string;
  readonly params: readonly number[];
  /** How many values there are then. */
  readonly length: number;
  /** Whether neighbours stay neighbours, in their order. */
  readonly keepsRuns?: boolean;
  /** The index of a value before, as an expression in parentheses. */
  toFormer(params: readonly string[], index: string): string;
}

/** The values of a node at other indices. */
export function reindexed(
  former: IndexedNode,
  adaptor: IndexAdaptor,
): IndexedNode {
  return new Reindexed(former, adaptor);
}

class Reindexed extends IndexedNode {
  readonly #former: IndexedNode;
  readonly #adaptor: IndexAdaptor;

  constructor(former: IndexedNode, adaptor: IndexAdaptor) {
    const { key, params, length } = adaptor;
    const parts = after(former, key, params);
    // Others have other neighbours.
    super({ ...parts, length, near: undefined, items: undefined });
    this.#former = former;
    this.#adaptor = adaptor;
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const at = this.#toFormer(code, base, index);
    return this.#former.emitAt(code, base, at);
  }

  override emitRun(
    code: LoopCode,
    base: number,
    from: string,
    to: string,
  ): string | undefined {
    if (this.#adaptor.keepsRuns !== true) return undefined;
    const first = this.#toFormer(code, base, from);
    const end = this.#toFormer(code, base, to);
    return this.#former.emitRun(code, base, first, end);
  }

  #toFormer(code: LoopCode, base: number, index: string): string {
    const { params, toFormer } = this.#adaptor;
    const own = names(base + this.#former.params.length, params.length);
    return code.value(toFormer(own, index));
  }
}
