/**
 * Kernels that end in a trap.
 *
 * @module
 */

import { registerError } from "../../codec/error_classes.ts";

/** Which call of a kernel it was. */
export interface KernelCall {
  /** The name of the export. */
  readonly kernel: string;
  /** What it was called with. */
  readonly args: readonly (number | bigint)[];
}

/**
 * A kernel of WebAssembly ended in a trap: `unreachable`, as of a panic in Rust; memory
 * beyond the end; a division by zero. What it had done of its part is done. `cause` is
 * the error of the engine.
 *
 * @example Usage
 * ```ts
 * import { KernelTrapError } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const cause = new WebAssembly.RuntimeError("unreachable");
 * const error = new KernelTrapError({ kernel: "sum", args: [0, 64] }, cause);
 * assertEquals([error.kernel, error.args], ["sum", [0, 64]]);
 * ```
 */
export class KernelTrapError extends Error implements KernelCall {
  /** The name of the export. */
  readonly kernel: string;
  /** What it was called with. */
  readonly args: readonly (number | bigint)[];

  /** Made for a call that ended so. */
  constructor({ kernel, args }: KernelCall, cause: Error) {
    super(
      `Cannot finish kernel '${kernel}' of WebAssembly as it trapped: ${cause.message} in ${kernel}(${
        args.join(", ")
      })`,
      { cause },
    );
    this.name = "KernelTrapError";
    this.kernel = kernel;
    this.args = args;
  }
}

registerError(KernelTrapError);
