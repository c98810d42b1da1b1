/**
 * Where plans begin.
 *
 * @module
 */

import type { IfPortable } from "../workers/functions/sent_function.ts";
import { checkFunction } from "./checks.ts";
import { IndexedParallelIterator } from "./indexed_parallel_iterator.ts";
import { join, type JoinedFunction, type JoinOptions } from "./join.ts";
import { lines } from "./lines.ts";
import { file, type FileOptions, type ParallelFile } from "./parallel_file.ts";
import type { ParallelIterator } from "./parallel_iterator.ts";
import {
  checkParallelOptions,
  type ParallelOptions,
} from "./run/parallel_options.ts";
import { checkedRange, type RangeOptions } from "./sources/range.ts";
import { sourceNode } from "./sources/source_node.ts";
import {
  type BigTypedArray,
  isTypedArray,
  type NumberTypedArray,
  type TypedArray,
} from "./sources/view.ts";
import type { Ordered } from "./sort/key_order.ts";
import { sortTyped } from "./sort/sort_typed.ts";
import {
  sortValues,
  sortValuesBy,
  sortValuesByKey,
} from "./sort/sort_values.ts";
import type { Kernels } from "./wasm/kernels.ts";
import { type KernelsOptions, wasm } from "./wasm/wasm.ts";

/** The type of {@linkcode par}. */
export interface Par {
  /**
   * Plans what is computed of the elements of a typed array: where they are, if that
   * lives in shared memory; else of a copy, which is made once other threads take part.
   *
   * @throws {TypeError} If an argument is of another type.
   */
  (
    source: NumberTypedArray,
    options?: ParallelOptions,
  ): IndexedParallelIterator<number>;
  /** The same of bigints. */
  (
    source: BigTypedArray,
    options?: ParallelOptions,
  ): IndexedParallelIterator<bigint>;
  /**
   * Plans what is computed of portable values. They are encoded once other threads take
   * part, each for itself.
   *
   * @typeParam T The values.
   * @throws {TypeError} If an argument is of another type.
   */
  <T>(
    source:
      & Iterable<T>
      & IfPortable<T, "its values cannot be sent to another thread">,
    options?: ParallelOptions,
  ): IndexedParallelIterator<T>;
  /**
   * Plans what is computed of the numbers from `start` to `end`, without `end`.
   *
   * @throws {TypeError} If an argument is of another type.
   * @throws {RangeError} If a number is not finite, or the step is 0.
   */
  range(
    start: number,
    end: number,
    options?: RangeOptions,
  ): IndexedParallelIterator<number>;
  /**
   * Plans what is computed of the lines of a text: those of a string, or of UTF-8 in
   * memory. They are what `split(/\r?\n/)` gives, but for what is behind the last
   * end of a line if that is empty: so an empty text has none.
   *
   * Other threads get a copy of a string, made once, and of memory that is not shared;
   * each decodes the lines that it looks at.
   *
   * @throws {TypeError} If an argument is of another type.
   */
  lines(
    text: string | Uint8Array,
    options?: ParallelOptions,
  ): ParallelIterator<string>;
  /**
   * Plans what is computed of a file, of which each thread reads what it works on.
   *
   * Nothing asks for a permission. The file is looked at now, and has to stay as it is
   * until the plan has run.
   *
   * @param path A path, or a `file:` URL.
   * @throws {TypeError} If an argument is of another type, or it is no file.
   * @throws {RangeError} If `longestLine` is too small, or the file does not say how
   * long it is, as those of `/proc`.
   * @throws {Error} If there is no file, or no permission to read it.
   */
  file(path: string | URL, options?: FileOptions): ParallelFile;
  /**
   * Sorts in place. A typed array in the order of its own `sort()`: numbers by size, -0
   * before 0, NaN last. An array of numbers likewise, and not by their text as its
   * `sort()` does; one of strings or bigints by `<`.
   *
   * @typeParam A The array.
   * @returns The array.
   * @throws {TypeError} If an argument is of another type, or an element is.
   */
  sort<A extends TypedArray | number[] | string[] | bigint[]>(
    array: A,
    options?: ParallelOptions,
  ): Promise<A>;
  /**
   * Sorts an array in place by a comparison, as its `sort()` does: equals keep their
   * order; `undefined` comes last, and is not compared.
   *
   * If the comparison throws, the array stays as it was.
   *
   * @typeParam T The values.
   * @param compare Negative if the first one comes first, positive if it comes last. A
   * portable function.
   * @returns The array.
   * @throws What the comparison throws.
   * @throws {TypeError} If an argument is of another type.
   */
  sortBy<T>(
    array:
      & T[]
      & IfPortable<T, "its values cannot be sent to another thread">,
    compare: (a: T, b: T) => number,
    options?: ParallelOptions,
  ): Promise<T[]>;
  /**
   * Sorts an array in place by keys, which are found once for each value: numbers by
   * size, NaN last; strings or bigints by `<`. Equals keep their order.
   *
   * If a key cannot be found, the array stays as it was.
   *
   * @typeParam T The values.
   * @typeParam K The keys.
   * @param keyOf Finds the key of a value. A portable function.
   * @returns The array.
   * @throws What the function throws.
   * @throws {TypeError} If an argument is of another type, or a key is.
   */
  sortByKey<T, K extends number | string | bigint>(
    array:
      & T[]
      & IfPortable<T, "its values cannot be sent to another thread">,
    keyOf: (value: T) => K,
    options?: ParallelOptions,
  ): Promise<T[]>;
  /**
   * Runs two functions, possibly at the same time: the first one on this thread, the
   * second one on a worker if one comes for it before the first one has ended, else on
   * this thread as well. Both run to their ends, also if one of them throws.
   *
   * The functions are portable and take nothing; data goes with them as with
   * `closure()`. They may be `async`, and call `join()` themselves.
   *
   * After `join()` of rayon (https://docs.rs/rayon/latest/rayon/fn.join.html).
   *
   * @typeParam A What the first one returns.
   * @typeParam B What the second one returns.
   * @returns What the two returned.
   * @throws What the first one throws, else what the second one throws.
   * @throws {TypeError} If an argument is of another type.
   */
  join<A, B>(
    a: () => A,
    b: JoinedFunction<B>,
    options?: JoinOptions,
  ): Promise<[Awaited<A>, Awaited<B>]>;
  /**
   * Takes a module of WebAssembly whose exports are to run on all threads, on memory
   * that they share. It is instantiated on this thread now, and once on each thread
   * that takes part: see {@linkcode Kernels}.
   *
   * What Rust and C keep in memory for each thread, each thread gets: a stack, if the
   * module exports `__stack_pointer`, and thread-local variables, if it exports
   * `__wasm_init_tls`, `__tls_size` and `__tls_align`; in whole pages by which the
   * memory grows. Of what wasm-bindgen has made `__wbindgen_start` is called instead.
   *
   * @param module A module that imports one memory, and exports functions.
   * @param memory Shared memory.
   * @throws {TypeError} If an argument is of another type, an import is not given, or threads would share one stack.
   * @throws {RangeError} If the memory cannot grow by a stack.
   */
  wasm(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    options?: KernelsOptions,
  ): Kernels;
}

/**
 * Plans what is computed in parallel: see {@linkcode ParallelIterator} for what can be
 * planned, and {@linkcode Consumers} for what runs the plan.
 *
 * After `par_iter()` of rayon (https://docs.rs/rayon).
 *
 * @example Memory that all threads share
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const heights = new Float64Array(new SharedArrayBuffer(800)).fill(0.5);
 * const total = await par(heights).map((height) => height * 2).sum();
 * assertEquals(total, 100);
 * ```
 *
 * @example Numbers
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const multiples = par.range(0, 10).filter((n) => n % 3 === 0);
 * assertEquals(await multiples.collect(), [0, 3, 6, 9]);
 * assertEquals(await par.range(5, 0, { step: -2 }).collect(), [5, 3, 1]);
 * ```
 *
 * @example Lines
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const lines = par.lines("to be\nor not\nto be\n");
 * assertEquals(await lines.map((line) => line.length).collect(), [5, 6, 5]);
 * ```
 */
export const par: Par = Object.assign(plan, {
  file,
  join,
  lines,
  range,
  sort,
  sortBy,
  sortByKey,
  wasm,
});

function plan(
  source: Parameters<typeof sourceNode>[0],
  options: ParallelOptions = {},
  // The interface says of what.
  // deno-lint-ignore no-explicit-any
): IndexedParallelIterator<any> {
  checkParallelOptions(options);
  return new IndexedParallelIterator({ node: sourceNode(source), options });
}

function range(
  start: number,
  end: number,
  options: RangeOptions = {},
): IndexedParallelIterator<number> {
  checkParallelOptions(options);
  const node = checkedRange(start, end, options.step);
  return new IndexedParallelIterator({ node, options });
}

async function sort<A extends TypedArray | number[] | string[] | bigint[]>(
  array: A,
  options: ParallelOptions = {},
): Promise<A> {
  checkParallelOptions(options);
  if (isTypedArray(array)) await sortTyped(array, options);
  else {
    const values: Ordered[] = array;
    await sortValues(checkedArray(values, "a typed array or array"), options);
  }
  return array;
}

async function sortBy<T>(
  array: T[],
  compare: (a: T, b: T) => number,
  options: ParallelOptions = {},
): Promise<T[]> {
  checkFunction("sortBy", "compare", compare);
  checkParallelOptions(options);
  await sortValuesBy(checkedArray(array, "an array"), compare, options);
  return array;
}

async function sortByKey<T, K extends number | string | bigint>(
  array: T[],
  keyOf: (value: T) => K,
  options: ParallelOptions = {},
): Promise<T[]> {
  checkFunction("sortByKey", "keyOf", keyOf);
  checkParallelOptions(options);
  await sortValuesByKey(checkedArray(array, "an array"), keyOf, options);
  return array;
}

function checkedArray<A>(array: A[], expected: string): A[] {
  if (Array.isArray(array)) return array;
  throw new TypeError(
    `Cannot sort as 'array' must be ${expected}: received ${
      array === null ? "null" : typeof array
    }`,
  );
}
