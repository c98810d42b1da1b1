/**
 * What threads share of WebAssembly.
 *
 * @module
 */

/** A module with nothing in it. */
export const emptyModule: WebAssembly.Module = new WebAssembly.Module(
  Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
);

/** Memory that is shared. */
export function newMemory(): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
}
