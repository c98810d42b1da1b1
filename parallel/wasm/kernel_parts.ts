/**
 * What a kernel of WebAssembly returns for each part of its work.
 *
 * @module
 */

import { checkCount } from "../checks.ts";
import { planOf } from "../consumers.ts";
import { ParallelIterator } from "../parallel_iterator.ts";
import type { Lengths } from "../plan/node.ts";
import type { Plan } from "../plan/plan.ts";
import { execute } from "../run/execute.ts";
import { nothing } from "../sinks/for_each.ts";
import type { KernelNode } from "./kernel_node.ts";

/**
 * A plan that calls a kernel for one part of its work after the other: what the kernel
 * returns for each part is one value of the plan. How many parts there are depends on
 * the run: join their values, by {@linkcode ParallelIterator.sum},
 * {@linkcode ParallelIterator.max} or {@linkcode ParallelIterator.reduce}.
 *
 * @example Usage
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * // (import "env" "memory" (memory 1 99 shared))
 * // (func (export "count") (param $from i32) (param $to i32) (result i32)
 * //   (i32.sub (local.get $to) (local.get $from)))
 * const code = "AGFzbQEAAAABBwFgAn9/AX8CEAEDZW52Bm1lbW9yeQIDAWMDAgEABwkBBWNvdW50AA" +
 *   "AKCQEHACABIABrCw==";
 * const bytes = Uint8Array.from(atob(code), (char) => char.charCodeAt(0));
 * const module = new WebAssembly.Module(bytes);
 * const memory = new WebAssembly.Memory({ initial: 1, maximum: 99, shared: true });
 *
 * const counts = par.wasm(module, memory).ranges("count", 0, 1000);
 * assertEquals(await counts.sum(), 1000);
 * assertEquals(await counts.withMaxLen(1).map((count) => count).max(), 1);
 * ```
 *
 * @typeParam R What the kernel returns.
 */
export class KernelParts<R> extends ParallelIterator<R> {
  #next(lengths: Partial<Lengths>): KernelParts<R> {
    const { node, options } = planOf(this) as Plan<KernelNode>;
    return new KernelParts({ node: node.within(lengths), options });
  }

  /** How many indices or elements there are. */
  get length(): number {
    return planOf(this).node.length;
  }

  /** The same; each call is for at least so many, but the last one. */
  withMinLen(length: number): KernelParts<R> {
    checkCount("withMinLen", "length", length, 1);
    return this.#next({ min: length });
  }

  /** The same; each call is for at most so many. */
  withMaxLen(length: number): KernelParts<R> {
    checkCount("withMaxLen", "length", length, 1);
    return this.#next({ max: length });
  }

  /** Runs the kernel for what it does, and not for what it returns. */
  run(): Promise<void> {
    return execute(planOf(this), nothing());
  }
}
