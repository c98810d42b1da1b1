/**
 * The words of a frame that asks for a task:
 *
 * ```
 * owner, tenant, number, function, flags, [deadline: a double], [name: a text], arguments …
 * ```
 *
 * The first two say whose task it is where the frame comes from the injector. In a
 * mailbox the first one is the number, as of any frame there, and the second one
 * means nothing.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import type { SpawnOptions } from "./spawn_options.ts";

/** Any worker may run it, also one that blocks if the function does not wait. */
export const UNBOUND = 1;
/** A double follows: when its time is up, in ms since the epoch. */
export const HAS_DEADLINE = 2;
/** A text follows: its name, which is not that of the function. */
export const HAS_NAME = 4;
/** It goes before others that wait. */
export const URGENT = 8;
/** What it yields is sent as it comes, as far as it is wanted. */
export const STREAM = 16;

/** Writes the words between number and arguments. */
export function encodeHead(
  out: Writer,
  fn: number,
  deadline: number | undefined,
  options: SpawnOptions,
  isStream: boolean = false,
): void {
  const { worker, name, priority } = options;
  out.word(fn);
  out.word(
    (worker === undefined ? UNBOUND : 0) |
      (deadline === undefined ? 0 : HAS_DEADLINE) |
      (name === undefined ? 0 : HAS_NAME) |
      (priority === "urgent" ? URGENT : 0) |
      (isStream ? STREAM : 0),
  );
  if (deadline !== undefined) out.double(deadline);
  if (name !== undefined) encode(out, name, "name");
}

/**
 * Reads the name.
 *
 * @throws {CorruptFrameError} If it is none.
 */
export function decodeName(frame: Reader): string {
  const name = decode(frame);
  if (typeof name === "string") return name;
  throw new CorruptFrameError(
    `Cannot decode task as its name is no text: received ${typeof name}`,
  );
}
