/**
 * Data parallelism: plans over arrays, typed arrays and ranges that run on all cores.
 *
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const values = Float64Array.from({ length: 1000 }, (_, k) => k);
 * assertEquals(await par(values).map((x) => 2 * x).sum(), 999_000);
 * ```
 *
 * @module
 */

export { Consumers } from "./consumers.ts";
export {
  IndexedParallelIterator,
  type Neighbours,
} from "./indexed_parallel_iterator.ts";
export { type JoinedFunction, type JoinOptions } from "./join.ts";
export { type Par, par } from "./par.ts";
export { ParallelIterator } from "./parallel_iterator.ts";
export { type ParallelOptions } from "./run/parallel_options.ts";
export { type RangeOptions } from "./sources/range.ts";
export {
  type BigTypedArray,
  type NumberTypedArray,
  type TypedArray,
} from "./sources/view.ts";
