/**
 * Moving without another thread.
 *
 * @module
 */

import { takerNow } from "./take_message.ts";

/**
 * Moves things to where they are: what arrives is theirs, what was here is empty.
 *
 * @throws {DataCloneError} If one of them cannot be moved; none is, then.
 */
export function transferHere(moved: Transferable[]): Transferable[] {
  if (moved.length === 0) return [];
  const take = moved.every((thing) => thing instanceof ArrayBuffer)
    ? null
    : takerNow();
  if (take === null) return structuredClone(moved, { transfer: moved });
  // With ports, a clone that fails has moved some of them; a message has not.
  const { port1, port2 } = new MessageChannel();
  try {
    port1.postMessage(moved, moved);
    return take(port2)!.message as Transferable[];
  } finally {
    port1.close();
    port2.close();
  }
}
