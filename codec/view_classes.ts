/**
 * The classes of views on bytes that have elements.
 *
 * @module
 */

/** A typed array. */
export interface ElementsView extends ArrayBufferView {
  /** How large an element is. */
  readonly BYTES_PER_ELEMENT: number;
}

/** Makes a view on a buffer: by its offset in bytes and how many elements it has. */
export type ElementsClass = new (
  buffer: ArrayBufferLike,
  byteOffset?: number,
  length?: number,
) => ElementsView;

/** All of them, in an order that is the same in all threads. */
export const VIEW_CLASSES: readonly ElementsClass[] = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
  ...(typeof Float16Array === "function" ? [Float16Array] : []),
  Float32Array,
  Float64Array,
];
