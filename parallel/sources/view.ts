/**
 * Typed arrays as a source.
 *
 * @module
 */

import { ANY_LENGTHS } from "../plan/lengths.ts";
import type { LoopCode } from "../plan/loop_code.ts";
import { IndexedNode, names } from "../plan/node.ts";

/** Typed arrays of numbers. */
export type NumberTypedArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float16Array
  | Float32Array
  | Float64Array;

/** Typed arrays of bigints. */
export type BigTypedArray = BigInt64Array | BigUint64Array;

/** Any typed array. */
export type TypedArray = NumberTypedArray | BigTypedArray;

/** The elements of a typed array. */
export class ViewNode extends IndexedNode {
  constructor(view: TypedArray) {
    super({
      // A loop that sees one type only is the faster one.
      key: view[Symbol.toStringTag],
      params: [view],
      length: view.length,
      lengths: ANY_LENGTHS,
    });
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const [view] = names(base, 1);
    return code.value(`${view}[${index}]`);
  }

  override emitRun(
    code: LoopCode,
    base: number,
    from: string,
    to: string,
  ): string {
    const [view] = names(base, 1);
    return code.value(`${view}.subarray(${from}, ${to})`);
  }
}

/** Whether a value is a typed array: a `DataView` is none. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}
