/**
 * `withMinLen` and `withMaxLen`: how many values one thread takes at a time.
 *
 * @module
 */

import type { LoopCode } from "../plan/loop_code.ts";
import { type EmitEach, IndexedNode, type Lengths } from "../plan/node.ts";

/** The same values, with other limits. */
export function withLengths(
  former: IndexedNode,
  lengths: Partial<Lengths>,
): IndexedNode {
  return new Limited(former, { ...former.lengths, ...lengths });
}

class Limited extends IndexedNode {
  readonly #former: IndexedNode;

  constructor(former: IndexedNode, lengths: Lengths) {
    const { key, params, length, near, items } = former;
    super({ key, params, length, lengths, near, items });
    this.#former = former;
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    return this.#former.emitAt(code, base, index);
  }

  override emitEach(...args: EmitEach): void {
    this.#former.emitEach(...args);
  }

  override emitRun(
    code: LoopCode,
    base: number,
    from: string,
    to: string,
  ): string | undefined {
    return this.#former.emitRun(code, base, from, to);
  }
}
