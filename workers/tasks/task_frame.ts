/**
 * The words of a frame that asks for a task:
 *
 * ```
 * owner, tenant, number, function, flags, [deadline: a double], [name: a text],
 * [window], [trace], arguments …
 * ```
 *
 * The first two say whose task it is where the frame comes from the injector. In a
 * mailbox the first one is the number, as of any frame there, and the second one
 * means nothing. What stands for the arguments of a batch is in `batch_frame.ts`.
 *
 * @module
 */

import { decode } from "../../codec/decode.ts";
import { encode } from "../../codec/encode.ts";
import { CorruptFrameError, type Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import type { Observation } from "../telemetry/call_observer.ts";
import { writeTraceContext } from "../telemetry/trace_context.ts";
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
/** Its arguments are items, for each of which the function runs. */
export const BATCH = 32;
/** A word follows: how many items of a stream may be on their way. */
export const HAS_WINDOW = 64;
/** A trace context follows: the span of who spawned it. */
export const HAS_TRACE = 128;

/** What is known of a task before it is sent. */
export interface TaskHead {
  /** The worker that it is bound to; -1: none. */
  readonly worker: number;
  /** When its time is up, in ms since the epoch; undefined: never. */
  readonly deadline: number | undefined;
  /** Whether it is a stream. */
  readonly isStream: boolean;
  /** Whether it is a batch. */
  readonly isBatch: boolean;
  /** Who watches it, if anybody does. */
  readonly observation: Observation | undefined;
}

/** Writes the words between number and arguments. */
export function encodeHead(
  out: Writer,
  fn: number,
  { worker, deadline, isStream, isBatch, observation }: TaskHead,
  { name, priority, window }: SpawnOptions,
): void {
  const hasWindow = isStream && window !== undefined;
  const context = observation?.context;
  out.word(fn);
  out.word(
    (worker < 0 ? UNBOUND : 0) |
      (deadline === undefined ? 0 : HAS_DEADLINE) |
      (name === undefined ? 0 : HAS_NAME) |
      (priority === "urgent" ? URGENT : 0) |
      (isStream ? STREAM : 0) |
      (isBatch ? BATCH : 0) |
      (hasWindow ? HAS_WINDOW : 0) |
      (context === undefined ? 0 : HAS_TRACE),
  );
  if (deadline !== undefined) out.double(deadline);
  if (name !== undefined) encode(out, name, "name");
  if (hasWindow) out.word(window);
  if (context !== undefined) writeTraceContext(out, context);
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
