/**
 * What other threads have to know of a function to run it.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";

/** The function is compiled from its source. */
export const SOURCE = 1;
/** The function is imported from its module. */
export const EXPORT = 2;

/** How a thread gets a function. */
export interface FunctionDefinition {
  /** {@linkcode SOURCE} or {@linkcode EXPORT}. */
  readonly kind: typeof SOURCE | typeof EXPORT;
  /** Its own name; "" if it has none. */
  readonly name: string;
  /** Its source, or the URL of its module. */
  readonly text: string;
}

/** How error messages call a function: `function 'x'`. */
export function inQuotes(name: string): string {
  return name === "" ? "unnamed function" : `function '${name}'`;
}

/** Writes a definition. */
export function encodeDefinition(
  out: Writer,
  { kind, name, text }: FunctionDefinition,
): void {
  encode(out, [kind, name, text], "function");
}

/**
 * Reads a definition.
 *
 * @throws {CorruptFrameError} If there is none.
 */
export function decodeDefinition(from: Reader): FunctionDefinition {
  const parts = decode(from);
  const [kind, name, text] = Array.isArray(parts) ? parts as unknown[] : [];
  if (
    (kind !== SOURCE && kind !== EXPORT) || typeof name !== "string" ||
    typeof text !== "string"
  ) {
    throw new CorruptFrameError(
      "Cannot decode function as it is not a kind, a name and a text",
    );
  }
  return { kind, name, text };
}
