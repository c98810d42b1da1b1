/**
 * The last words of a thread.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";

/** Why a thread ended that did not say it. */
export const WITHOUT_A_WORD = "its thread ended without a word";

/** Why a thread ended. */
export interface Fault {
  /** In words, for the sentence "it is lost: …". */
  readonly reason: string;
  /** The error that ended it, if one did. */
  readonly error?: unknown;
  /** Whether that was a promise which nobody handled. */
  readonly isStray?: boolean;
}

/**
 * Reads them from a frame whose first word was read.
 *
 * @throws {CorruptFrameError} If they are none.
 */
export function readFault(frame: Reader): Fault {
  let fault: Partial<Fault> | null | undefined;
  try {
    fault = decode(frame) as Partial<Fault>;
  } catch (error) {
    if (error instanceof CorruptFrameError) throw error;
    // What is in it cannot arrive, or nobody can wait for it: the thread is gone.
    return { reason: WITHOUT_A_WORD, error };
  }
  if (typeof fault?.reason === "string") return fault as Fault;
  throw new CorruptFrameError(
    "Cannot decode last words as they have no reason",
  );
}
