/**
 * `par.wasm()`: a module of WebAssembly, for kernels of plans.
 *
 * @module
 */

import { givenImports, type KernelImports } from "./given_imports.ts";
import { instanceKey } from "./instance.ts";
import { Kernels } from "./kernels.ts";
import { checkStack } from "./shadow_stack.ts";

/** Options of `par.wasm()`. */
export interface KernelsOptions {
  /** What the module imports besides its memory. */
  readonly imports?: KernelImports;
  /**
   * How large the stack of each thread is, in bytes, if the module keeps one in its
   * memory; default: 1 MiB.
   */
  readonly stackSize?: number;
}

const STACK_SIZE = 1 << 20;

/** Those that there are already, on this thread. */
const known = new WeakMap<
  WebAssembly.Memory,
  WeakMap<WebAssembly.Module, Map<string, Kernels>>
>();

/**
 * The kernels of a module; the same ones as the last time for the same memory and
 * options, as each thread keeps its instance.
 */
export function wasm(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  options: KernelsOptions = {},
): Kernels {
  checkModule(module, memory);
  if (typeof options !== "object" || options === null) {
    throw wrong("options", "an object", options);
  }
  const { imports: given = {}, stackSize = STACK_SIZE } = options;
  if (typeof given !== "object" || given === null) {
    throw wrong("imports", "an object", given);
  }
  if (!Number.isInteger(stackSize) || stackSize < 1 || stackSize > 2 ** 31) {
    throw new RangeError(
      `Cannot plan with module of WebAssembly as 'stackSize' must be from 1 to 2^31 bytes: received ${stackSize}`,
    );
  }
  const { imports, functions } = givenImports(module, given);
  const key = instanceKey({ imports, stackSize }, functions);
  let ofMemory = known.get(memory);
  if (ofMemory === undefined) known.set(memory, ofMemory = new WeakMap());
  let ofModule = ofMemory.get(module);
  if (ofModule === undefined) ofMemory.set(module, ofModule = new Map());
  let kernels = ofModule.get(key);
  if (kernels === undefined) {
    kernels = new Kernels({ module, memory, imports, stackSize }, functions);
    ofModule.set(key, kernels);
  }
  return kernels;
}

function checkModule(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): void {
  if (!(module instanceof WebAssembly.Module)) {
    throw wrong("module", "a WebAssembly.Module", module);
  }
  if (!(memory instanceof WebAssembly.Memory)) {
    throw wrong("memory", "a WebAssembly.Memory", memory);
  }
  if (!(memory.buffer instanceof SharedArrayBuffer)) {
    throw new TypeError(
      "Cannot plan with module of WebAssembly as 'memory' must be shared: received one without 'shared: true'",
    );
  }
  checkStack(module);
}

function wrong(name: string, what: string, received: unknown): TypeError {
  return new TypeError(
    `Cannot plan with module of WebAssembly as '${name}' must be ${what}: received ${
      received === null ? "null" : typeof received
    }`,
  );
}
