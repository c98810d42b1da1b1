/**
 * Data parallelism: plans over arrays, ranges, lines and files that run on all cores.
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
export { type FileOptions, ParallelFile } from "./parallel_file.ts";
export { ParallelIterator } from "./parallel_iterator.ts";
export { type ParallelOptions } from "./run/parallel_options.ts";
export { type RangeOptions } from "./sources/range.ts";
export {
  type BigTypedArray,
  type NumberTypedArray,
  type TypedArray,
} from "./sources/view.ts";
export { type KernelImports } from "./wasm/given_imports.ts";
export { KernelParts } from "./wasm/kernel_parts.ts";
export {
  type KernelOptions,
  type KernelResult,
  Kernels,
  type KernelSlice,
} from "./wasm/kernels.ts";
export { type KernelCall, KernelTrapError } from "./wasm/trap_error.ts";
export { type KernelsOptions } from "./wasm/wasm.ts";
