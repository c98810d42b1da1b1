/**
 * The stack that compilers keep in the memory of a module of WebAssembly.
 *
 * @module
 */

/** Where linkers keep what things are called. */
const NAMES = "name";
const POINTER = "__stack_pointer";

/**
 * Refuses a module that keeps a stack in its memory, and does not say where: all threads
 * would write into the same one.
 *
 * It tells by the names that linkers leave in a module. One without names is believed.
 *
 * @throws {TypeError} If it is such a module.
 */
export function checkStack(module: WebAssembly.Module): void {
  const exported = new Set(
    WebAssembly.Module.exports(module).map(({ name }) => name),
  );
  if (exported.has(POINTER) || exported.has("__wbindgen_start")) return;
  const hasStack = exported.has("__wasm_init_tls") ||
    WebAssembly.Module.customSections(module, NAMES).some(hasPointer);
  if (!hasStack) return;
  throw new TypeError(
    `Cannot plan with module of WebAssembly as threads would share its stack: received one that does not export '${POINTER}'; link it with --export=${POINTER}`,
  );
}

function hasPointer(section: ArrayBuffer): boolean {
  return new TextDecoder("latin1").decode(section).includes(POINTER);
}
