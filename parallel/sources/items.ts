/**
 * Arrays of portable values as a source.
 *
 * @module
 */

import { ANY_LENGTHS } from "../plan/lengths.ts";
import type { LoopCode } from "../plan/loop_code.ts";
import { IndexedNode, names } from "../plan/node.ts";

/** What has a value at each index: an array here, encoded values elsewhere. */
export interface Items {
  readonly length: number;
  at(index: number): unknown;
}

/** The values of an array. */
export class ItemsNode extends IndexedNode {
  constructor(items: readonly unknown[]) {
    super({
      key: "items",
      params: [items],
      length: items.length,
      lengths: ANY_LENGTHS,
      items,
    });
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const [items] = names(base, 1);
    return code.value(`${items}.at(${index})`);
  }
}
