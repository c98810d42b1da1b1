/**
 * What all threads share of WebAssembly: modules, and memories that are shared. They
 * travel as shared buffers do, beside the frame, where calls and results go.
 *
 * @module
 */

/** An engine that compiles nothing has none of it. */
const isHere = typeof WebAssembly === "object";

/** Whether a value is a module, or a memory that is shared. */
export function isSharedWebAssembly(value: object): boolean {
  return isHere && (value instanceof WebAssembly.Module ||
    isMemory(value) && value.buffer instanceof SharedArrayBuffer);
}

function isMemory(value: object): value is WebAssembly.Memory {
  return isHere && value instanceof WebAssembly.Memory;
}

/** Why such a thing cannot be sent where no call goes; undefined if it is none. */
export function whyNotShared(value: object): string | undefined {
  if (isSharedWebAssembly(value)) {
    return `is a ${value.constructor.name} of WebAssembly: only calls and their results can send it`;
  }
  return isMemory(value)
    ? "is a Memory of WebAssembly that is not shared: make it with 'shared: true'"
    : undefined;
}
