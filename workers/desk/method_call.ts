/**
 * Calls of methods of instances.
 *
 * @module
 */

import type { Receiver } from "../callbacks/given.ts";
import { rejectWithStack, RuntimeClosedError } from "../errors.ts";
import { CALL } from "../mailbox/frame_kind.ts";
import type { Writer } from "../../codec/writer.ts";
import type { SpanContext } from "../telemetry/open_telemetry.ts";
import { TRACED, writeTraceContext } from "../telemetry/trace_context.ts";
import type { Desk } from "./desk.ts";
import { encodeGiven } from "./encode_given.ts";
import { keepResolve, type Resolve, takeResolve } from "./kept_resolve.ts";
import type { PendingCall } from "./pending_calls.ts";

/** Which method of which instance. */
export interface MethodOf {
  /** The worker that has the instance. */
  readonly worker: number;
  /** The number of its family. */
  readonly family: number;
  /** The number of the method. */
  readonly method: number;
}

/** Stands in the word of a method whose result nobody waits for. */
export const UNANSWERED: number = 1 << 29;

class MethodCall implements PendingCall {
  readonly worker: number;
  readonly resolve: Resolve;
  ticket: number | undefined = undefined;

  constructor(worker: number, resolve: Resolve) {
    this.worker = worker;
    this.resolve = resolve;
  }

  reject(reason: unknown): void {
    rejectWithStack(this.resolve, reason);
  }
}

/** What callbacks are given to that are given to methods. */
const METHOD: Receiver = {};

/**
 * Writes the words between the number of a call, for which it leaves room, and the
 * arguments.
 *
 * @param context The span of the caller, if it is watched.
 */
export function encodeMethod(
  out: Writer,
  { family, method }: MethodOf,
  context: SpanContext | undefined,
): void {
  out.word(0);
  out.word(family);
  out.word(context === undefined ? method : method | TRACED);
  if (context !== undefined) writeTraceContext(out, context);
}

/**
 * Calls a method of an instance.
 *
 * @param context The span of the caller, if it is watched.
 */
export function callMethod(
  desk: Desk,
  called: MethodOf,
  args: unknown[],
  context?: SpanContext,
): Promise<unknown> {
  if (desk.closed) return Promise.reject(new RuntimeClosedError("call"));
  const out = desk.scratch.take();
  let takeBack: (() => void) | undefined;
  try {
    encodeMethod(out, called, context);
    takeBack = encodeGiven(desk.callbacks, METHOD, out, args);
    const answer = new Promise(keepResolve);
    desk.send(CALL, out, new MethodCall(called.worker, takeResolve()));
    if (takeBack !== undefined) answer.then(takeBack, takeBack);
    return answer;
  } catch (error) {
    takeBack?.();
    return Promise.reject(error);
  } finally {
    desk.scratch.give(out);
  }
}
