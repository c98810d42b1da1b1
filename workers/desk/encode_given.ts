/**
 * Arguments that may have callbacks among them.
 *
 * @module
 */

import { encodeArguments } from "../../codec/encode.ts";
import type { Writer } from "../../codec/writer.ts";
import type { Receiver } from "../callbacks/given.ts";
import type { ThreadCallbacks } from "../callbacks/thread_callbacks.ts";

/**
 * Writes arguments, and gives the callbacks that are among them.
 *
 * @param receiver What they are for.
 * @param write Writes them. Default: as the arguments of one call.
 * @returns What takes the callbacks back, once that has ended.
 * @throws {TypeError} If one of the arguments cannot be sent.
 */
export function encodeGiven(
  { given, context }: ThreadCallbacks,
  receiver: Receiver,
  out: Writer,
  args: readonly unknown[],
  write: (out: Writer, args: readonly unknown[]) => void = encodeArguments,
): (() => void) | undefined {
  out.context = context;
  const former = given.begin();
  try {
    write(out, args);
  } catch (error) {
    given.drop(former);
    throw error;
  }
  return given.end(former, receiver);
}
