/**
 * `zip`: the values of two sources side by side.
 *
 * @module
 */

import type { LoopCode } from "../plan/loop_code.ts";
import { IndexedNode } from "../plan/node.ts";
import { bothLengths } from "../plan/lengths.ts";

/** Pairs of what two nodes have at the same index, up to the end of the shorter one. */
export function zip(first: IndexedNode, second: IndexedNode): IndexedNode {
  return new Zipped(first, second);
}

class Zipped extends IndexedNode {
  readonly #first: IndexedNode;
  readonly #second: IndexedNode;

  constructor(first: IndexedNode, second: IndexedNode) {
    super({
      key: `(${first.key}) (${second.key}) zip`,
      params: [...first.params, ...second.params],
      length: Math.min(first.length, second.length),
      lengths: bothLengths(first, second),
      near: first.near ?? second.near,
    });
    this.#first = first;
    this.#second = second;
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const one = this.#first.emitAt(code, base, index);
    const other = this.#second.emitAt(
      code,
      base + this.#first.params.length,
      index,
    );
    return code.value(`[${one}, ${other}]`);
  }
}
