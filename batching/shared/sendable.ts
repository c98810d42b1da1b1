/**
 * Whether what a processor gives can be sent, before it is put among other answers:
 * one that cannot would take all of them with it.
 *
 * @module
 */

import { encode } from "../../codec/encode.ts";
import { inWords } from "../../codec/in_words.ts";
import { Writer } from "../../codec/writer.ts";

/** Why a value cannot be sent; undefined if it can. */
export function whyNotSent(value: unknown): unknown {
  const type = typeof value;
  const isPlain = type !== "object" && type !== "function" && type !== "symbol";
  if (isPlain || value === null) return undefined;
  const out = new Writer(256);
  out.clear(); // a frame that may have attachments
  try {
    encode(out, value, "value of a task");
    return undefined;
  } catch (error) {
    return error;
  } finally {
    out.drop();
  }
}

/** A reason as it can be sent: itself, or an error that says what it was. */
export function sentReason(reason: unknown): unknown {
  return whyNotSent(reason) === undefined ? reason : new Error(
    `A processor failed with a value that cannot be sent: ${inWords(reason)}`,
  );
}
