/**
 * Kernels as a source of plans: each part of the indices is one call, and what that
 * returns one value.
 *
 * @module
 */

import {
  type EmitEach,
  type Lengths,
  names,
  type NearMemory,
  Node,
} from "../plan/node.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Kernel } from "./kernel.ts";

/** Over what a kernel runs. */
export interface KernelWork {
  readonly kernel: Kernel;
  /** What the module imports. */
  readonly functions: readonly AnyFunction[];
  /** The first index, or the address of the first element. */
  readonly start: number;
  /** How many bytes an element has; 0 if the kernel gets indices. */
  readonly elementSize: number;
  /** How many indices or elements there are. */
  readonly length: number;
  /** What else it is called with. */
  readonly args: readonly (number | bigint)[];
  readonly lengths: Lengths;
  /** The memory of the elements. */
  readonly near: NearMemory | undefined;
}

/** The results of a kernel. */
export class KernelNode extends Node {
  readonly #work: KernelWork;

  constructor(work: KernelWork) {
    const { kernel, functions, start, elementSize, length, args } = work;
    super({
      // By the name of the kernel, so that it is kept for each how long it takes.
      key: `wasm ${
        JSON.stringify(kernel.sent.kernel)
      } ${elementSize} ${args.length} ${functions.length}`,
      params: [kernel, start, ...args, ...functions],
      length,
      lengths: work.lengths,
      near: work.near,
    });
    this.#work = work;
  }

  /** The same with other limits. */
  within(lengths: Partial<Lengths>): KernelNode {
    const work = this.#work;
    return new KernelNode({
      ...work,
      lengths: { ...work.lengths, ...lengths },
    });
  }

  override emitEach(...[code, base, from, to, body]: EmitEach): void {
    const { elementSize } = this.#work;
    const [kernel, start, ...rest] = names(base, this.params.length);
    const args = rest.splice(0, this.#work.args.length);
    const where = elementSize === 0
      ? [`${start} + ${from}`, `${start} + ${to}`]
      : [`${start} + ${from} * ${elementSize}`, `${to} - ${from}`];
    const call = `${kernel}.call([${rest}], [${[...where, ...args]}])`;
    body(code.value(call));
  }
}
