/**
 * Modules of WebAssembly as kernels of plans.
 *
 * @module
 */

import { planFunction } from "../plan/plan_function.ts";
import { ANY_LENGTHS } from "../plan/lengths.ts";
import {
  checkParallelOptions,
  type ParallelOptions,
} from "../run/parallel_options.ts";
import { isTypedArray, type TypedArray } from "../sources/view.ts";
import { type GivenImports, isNumeric } from "./given_imports.ts";
import { instanceOf, type InstanceParts } from "./instance.ts";
import { Kernel } from "./kernel.ts";
import { KernelNode } from "./kernel_node.ts";
import { KernelParts } from "./kernel_parts.ts";

/** Options of a kernel. */
export interface KernelOptions extends ParallelOptions {
  /** What it is called with besides, after the other two arguments. */
  readonly args?: readonly (number | bigint)[];
}

/** Elements in the memory of a module. */
export interface KernelSlice {
  /** Where the first one lies, in bytes. */
  readonly pointer: number;
  /** How many there are. */
  readonly length: number;
  /** How large one is, in bytes. */
  readonly elementSize: number;
}

/** What a kernel returns: nothing counts as `undefined`. */
export type KernelResult = number | bigint | undefined;

/** Addresses and indices are words. */
const MOST = 2 ** 32;

/**
 * The exports of a module of WebAssembly, to be called by all threads on memory that
 * they share. Each thread has an instance of its own, which is made once.
 *
 * @example A kernel over indices, one over elements
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * // (import "env" "memory" (memory 1 99 shared))
 * // (func (export "sum") (param $pointer i32) (param $length i32) (result i32) …)
 * const code = "AGFzbQEAAAABBwFgAn9/AX8CEAEDZW52Bm1lbW9yeQIDAWMDAgEABwcBA3N1bQAAC" +
 *   "i0BKwEBfwJAA0AgAUUNASACIAAoAgBqIQIgAEEEaiEAIAFBAWshAQwACwsgAgs=";
 * const bytes = Uint8Array.from(atob(code), (char) => char.charCodeAt(0));
 * const module = new WebAssembly.Module(bytes);
 * const memory = new WebAssembly.Memory({ initial: 1, maximum: 99, shared: true });
 *
 * const numbers = new Int32Array(memory.buffer, 0, 1000).fill(3);
 * const kernels = par.wasm(module, memory);
 * assertEquals(await kernels.slices("sum", numbers).sum(), 3000);
 * ```
 */
export class Kernels {
  readonly #parts: InstanceParts;
  readonly #functions: GivenImports["functions"];
  /** The buffers that the memory was seen to have: it has another one when it has grown. */
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  readonly #exports: WebAssembly.Exports;

  /** Made by `par.wasm()`. */
  constructor(parts: InstanceParts, functions: GivenImports["functions"]) {
    this.#parts = parts;
    this.#functions = functions;
    this.#buffers.add(parts.memory.buffer);
    // The same code as on other threads.
    const loaded = functions.map((fn) => planFunction(fn)!.loaded.run);
    this.#exports = instanceOf(parts, loaded).exports;
  }

  /** What the instance of the calling thread exports: to allocate memory, say. */
  get exports(): WebAssembly.Exports {
    return this.#exports;
  }

  /**
   * Plans calls `kernel(from, to, ...args)` for parts of the indices from `start` to
   * `end`, without `end`.
   *
   * @typeParam R What the kernel returns.
   * @param kernel The name of the export.
   * @throws {TypeError} If an argument is of another type, or the module has no such function.
   * @throws {RangeError} If an index does not fit into a word, or `end` lies before `start`.
   */
  ranges<R extends KernelResult = number>(
    kernel: string,
    start: number,
    end: number,
    options: KernelOptions = {},
  ): KernelParts<R> {
    checkWhole("start", start, -MOST / 2, MOST);
    checkWhole("end", end, start, MOST);
    return this.#plan(kernel, options, {
      start,
      length: end - start,
      elementSize: 0,
    });
  }

  /**
   * Plans calls `kernel(pointer, length, ...args)` for parts of some elements.
   *
   * @typeParam R What the kernel returns.
   * @param kernel The name of the export.
   * @param elements A typed array on the memory, or where such elements are.
   * @throws {TypeError} If an argument is of another type, the module has no such function, or a typed array has other memory.
   * @throws {RangeError} If the elements do not lie in the memory.
   */
  slices<R extends KernelResult = number>(
    kernel: string,
    elements: TypedArray | KernelSlice,
    options: KernelOptions = {},
  ): KernelParts<R> {
    const { pointer: start, length, elementSize } = this.#sliceOf(elements);
    return this.#plan(kernel, options, { start, length, elementSize });
  }

  #plan<R>(
    kernel: string,
    options: KernelOptions,
    over: { start: number; length: number; elementSize: number },
  ): KernelParts<R> {
    checkParallelOptions(options);
    const { args = [] } = options;
    if (!Array.isArray(args) || !args.every(isNumeric)) {
      throw new TypeError(
        `Cannot plan with kernel as 'args' must be an array of numbers and bigints: received ${
          Array.isArray(args)
            ? `one with a ${typeof args.find((arg) => !isNumeric(arg))}`
            : typeof args
        }`,
      );
    }
    if (typeof this.#exports[kernel] !== "function") {
      throw new TypeError(
        `Cannot plan with kernel as 'kernel' must be a function that the module exports: received '${kernel}'`,
      );
    }
    const node = new KernelNode({
      ...over,
      kernel: new Kernel({ ...this.#parts, kernel }),
      functions: this.#functions,
      args: [...args],
      lengths: ANY_LENGTHS,
      near: over.elementSize === 0 ? undefined : {
        view: new Uint8Array(
          this.#parts.memory.buffer,
          over.start,
          over.length * over.elementSize,
        ),
        each: over.elementSize,
      },
    });
    return new KernelParts({ node, options });
  }

  #sliceOf(elements: TypedArray | KernelSlice): KernelSlice {
    const { buffer } = this.#parts.memory;
    this.#buffers.add(buffer);
    if (isTypedArray(elements)) {
      if (!this.#buffers.has(elements.buffer)) {
        throw new TypeError(
          "Cannot plan with kernel as 'elements' must lie in the memory of the module: received a typed array of another buffer; take it of 'memory.buffer'",
        );
      }
      return {
        pointer: elements.byteOffset,
        length: elements.length,
        elementSize: elements.BYTES_PER_ELEMENT,
      };
    }
    if (typeof elements !== "object" || elements === null) {
      throw new TypeError(
        `Cannot plan with kernel as 'elements' must be a typed array or a slice: received ${
          elements === null ? "null" : typeof elements
        }`,
      );
    }
    const { pointer, length, elementSize } = elements;
    checkWhole("pointer", pointer, 0, buffer.byteLength);
    checkWhole("elementSize", elementSize, 1, MOST);
    const room = Math.floor((buffer.byteLength - pointer) / elementSize);
    checkWhole("length", length, 0, room);
    return { pointer, length, elementSize };
  }
}

function checkWhole(
  name: string,
  value: number,
  least: number,
  most: number,
): void {
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot plan with kernel as '${name}' must be a number: received ${
        value === null ? "null" : typeof value
      }`,
    );
  }
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(
    `Cannot plan with kernel as '${name}' must be a whole number from ${least} to ${most}: received ${value}`,
  );
}
