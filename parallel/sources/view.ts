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
      key: typeName(view)!,
      params: [view, view.length],
      length: view.length,
      lengths: ANY_LENGTHS,
      near: view.buffer instanceof SharedArrayBuffer
        ? { view, each: 1 }
        : undefined,
    });
  }

  /** Looks, once for each piece, whether all elements are still there. */
  #check(code: LoopCode, base: number): string {
    const [view, length] = names(base, 2);
    code.before(
      `if (${view}.length < ${length}) throw new RangeError("Cannot run plan as its typed array has shrunk or was detached: received " + ${view}.length + " elements of " + ${length});`,
    );
    return view!;
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const view = this.#check(code, base);
    return code.value(`${view}[${index}]`);
  }

  override emitRun(
    code: LoopCode,
    base: number,
    from: string,
    to: string,
  ): string {
    const view = this.#check(code, base);
    return code.value(`${view}.subarray(${from}, ${to})`);
  }
}

/** What to throw if a typed array of a plan has become too short for it. */
export function shrunkError(received: number, former: number): RangeError {
  return new RangeError(
    `Cannot run plan as its typed array has shrunk or was detached: received ${received} elements of ${former}`,
  );
}

const NAME_OF: (this: unknown) => string | undefined = Object
  .getOwnPropertyDescriptor(
    Object.getPrototypeOf(Uint8Array.prototype),
    Symbol.toStringTag,
  )!.get!;

/**
 * The name of the class of a typed array, whatever a subclass says of itself: it
 * becomes part of a loop. Undefined if it is none, as a `DataView`.
 */
export function typeName(value: unknown): string | undefined {
  return NAME_OF.call(value);
}

/** Whether a value is a typed array. */
export function isTypedArray(value: unknown): value is TypedArray {
  return typeName(value) !== undefined;
}
