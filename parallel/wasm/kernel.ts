/**
 * An export of a module of WebAssembly, as the loop of a plan calls it.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import {
  instanceOf,
  type InstanceParts,
  type ThreadInstance,
} from "./instance.ts";
import { KernelTrapError } from "./trap_error.ts";

/** What is sent of a kernel. */
export interface SentKernel extends InstanceParts {
  /** The name of the export. */
  readonly kernel: string;
}

/** An export of the instance that each thread has. */
export class Kernel {
  /** What other threads make theirs of. */
  readonly sent: SentKernel;
  #instance: ThreadInstance | undefined;

  constructor(sent: SentKernel) {
    this.sent = sent;
  }

  /**
   * Calls it.
   *
   * @param functions What the module imports.
   * @throws {KernelTrapError} If it traps.
   */
  call(
    functions: readonly AnyFunction[],
    args: readonly (number | bigint)[],
  ): unknown {
    const { kernel } = this.sent;
    const { exports, stackPointer } = this.#instance ??= instanceOf(
      this.sent,
      functions,
    );
    // A trap leaves the stack as it was at that moment, and so does what an import throws.
    const before = stackPointer?.value as number | undefined;
    try {
      return (exports[kernel] as AnyFunction)(...args);
    } catch (error) {
      if (stackPointer !== undefined) stackPointer.value = before;
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      throw new KernelTrapError({ kernel, args }, error);
    }
  }
}
