/**
 * An export of a module of WebAssembly, as the loop of a plan calls it.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import {
  clearStack,
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
    const instance = this.#instance ??= instanceOf(this.sent, functions);
    try {
      return (instance.exports[kernel] as AnyFunction)(...args);
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      clearStack(instance);
      throw new KernelTrapError({ kernel, args }, error);
    }
  }
}
