/**
 * What the explorer knows about shared buffers, their words and their views.
 *
 * @module
 */

import type { Clock } from "./races.ts";

/** A value of a shared word. */
export type Word = number | bigint;

/** The views that the model covers. */
export type Native =
  | Int8Array<SharedArrayBuffer>
  | Uint8Array<SharedArrayBuffer>
  | Int16Array<SharedArrayBuffer>
  | Uint16Array<SharedArrayBuffer>
  | Int32Array<SharedArrayBuffer>
  | Uint32Array<SharedArrayBuffer>
  | BigInt64Array<SharedArrayBuffer>
  | BigUint64Array<SharedArrayBuffer>
  | Float64Array<SharedArrayBuffer>;

/** A sleeper on a word: in `Atomics.wait`, or a pending `waitAsync`. */
export interface Waiter {
  /** The thread that waits. */
  readonly thread: number;
  /** The number of the promise; `-1` for `Atomics.wait`. */
  readonly id: number;
  /** The word. */
  readonly cell: Cell;
  /** The value it slept on. */
  readonly value: Word;
  /** In milliseconds, perhaps infinite. */
  readonly timeout: number;
  /** The model time at which it fell asleep. */
  readonly since: number;
  /** Where in the program, in a traced run. */
  readonly site: string;
}

/** A word that atomic operations use. */
export interface Cell {
  /** Numbers the cells in the order of first use. */
  readonly id: number;
  /** For the trace. */
  readonly name: string;
  readonly buffer: SharedBuffer;
  readonly offset: number;
  /** The engine's view on it, and its index there. */
  readonly native: Native;
  readonly index: number;
  /** What happened before the write that a reader reads from. */
  clock: Clock | undefined;
  /** Sleepers, the longest waiting first. */
  waiters: readonly Waiter[];
}

/** A shared buffer. */
export interface SharedBuffer {
  readonly id: number;
  readonly buffer: SharedArrayBuffer;
  /** Access times for the race detector, in pages. */
  readonly shadow: (Int32Array | undefined)[];
  readonly cells: Map<number, Cell>;
}

/** A view that modelled code uses. */
export interface View {
  readonly buffer: SharedBuffer;
  readonly native: Native;
  readonly cells: (Cell | undefined)[];
}

const NO_WAITERS: readonly Waiter[] = [];

const UNITS: Readonly<Record<number, string>> = {
  1: "byte",
  2: "half",
  4: "word",
  8: "long",
};

/** The name of an element, as in `word 3`. */
export function elementName(view: View, index: number): string {
  const { BYTES_PER_ELEMENT: width, byteOffset } = view.native;
  const unit = UNITS[width];
  const prefix = view.buffer.id === 0 ? "" : `buffer ${view.buffer.id} `;
  return `${prefix}${unit} ${byteOffset / width + index}`;
}

/** All buffers and views of one exploration. */
export class SharedMemory {
  readonly #buffers = new Map<SharedArrayBuffer, SharedBuffer>();
  readonly #views = new WeakMap<object, View>();
  #cells = 0;

  /** What is known about a buffer. */
  buffer(buffer: SharedArrayBuffer): SharedBuffer {
    let known = this.#buffers.get(buffer);
    if (!known) {
      known = { id: this.#buffers.size, buffer, shadow: [], cells: new Map() };
      this.#buffers.set(buffer, known);
    }
    return known;
  }

  /** Makes `handle` (a proxy, or the view itself) stand for `native`. */
  register(handle: object, native: Native): View {
    const view = { buffer: this.buffer(native.buffer), native, cells: [] };
    this.#views.set(handle, view);
    return view;
  }

  /** The view behind what a program holds, if it is one on shared memory. */
  view(handle: object): View | undefined {
    const known = this.#views.get(handle);
    if (known) return known;
    if (
      (handle instanceof Int32Array || handle instanceof BigInt64Array ||
        handle instanceof Uint8Array) &&
      handle.buffer instanceof SharedArrayBuffer
    ) {
      // Made by a test itself: its atomics are modelled all the same.
      return this.register(handle, handle as Native);
    }
    return undefined;
  }

  /** The word at an index; undefined if it is used with two widths. */
  cell(view: View, index: number): Cell | undefined {
    const { native, buffer } = view;
    const width = native.BYTES_PER_ELEMENT;
    const offset = native.byteOffset + index * width;
    const known = buffer.cells.get(offset);
    if (known) {
      if (known.native.BYTES_PER_ELEMENT !== width) return undefined;
      return view.cells[index] = known;
    }
    for (let near = offset - 7; near < offset + width; near++) {
      const other = buffer.cells.get(near);
      if (other && near + other.native.BYTES_PER_ELEMENT > offset) {
        return undefined;
      }
    }
    const cell: Cell = {
      id: this.#cells++,
      name: elementName(view, index),
      buffer,
      offset,
      native,
      index,
      clock: undefined,
      waiters: NO_WAITERS,
    };
    buffer.cells.set(offset, cell);
    return view.cells[index] = cell;
  }
}
