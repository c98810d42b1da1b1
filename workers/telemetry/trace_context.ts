/**
 * Trace contexts in frames: the fields of a W3C `traceparent`, as words.
 *
 * ```
 * words 0 to 3   trace id (16 bytes)
 * words 4 and 5  span id (8 bytes)
 * word 6         flags (byte 0), version 0 (byte 1)
 * ```
 *
 * Source: W3C Trace Context, "traceparent Header".
 *
 * @module
 */

import type { Reader } from "../../codec/reader.ts";
import type { Writer } from "../../codec/writer.ts";
import type { SpanContext } from "./open_telemetry.ts";

const TRACE_ID = /^[0-9a-f]{32}$/;
const SPAN_ID = /^[0-9a-f]{16}$/;
const FLAGS = 0xff;
const DIGITS_PER_WORD = 8;

/** Stands in the word of a method where a trace context follows that word. */
export const TRACED: number = 1 << 30;

/** The words that a trace context takes in a frame. */
export const TRACE_CONTEXT_WORDS = 7;

/** Writes a trace context, or none if its ids are not such ids. */
export function writeTraceContext(out: Writer, context: SpanContext): void {
  const { traceId, spanId, traceFlags } = context;
  if (!TRACE_ID.test(traceId) || !SPAN_ID.test(spanId)) {
    for (let k = 0; k < TRACE_CONTEXT_WORDS; k++) out.word(0);
    return;
  }
  writeDigits(out, traceId);
  writeDigits(out, spanId);
  out.word(traceFlags & FLAGS);
}

/**
 * Reads a trace context.
 *
 * @returns Undefined if there was none, or it is of another version.
 * @throws {CorruptFrameError} If the frame ends too early.
 */
export function readTraceContext(frame: Reader): SpanContext | undefined {
  frame.need(TRACE_CONTEXT_WORDS);
  const traceId = readDigits(frame, 4);
  const spanId = readDigits(frame, 2);
  const traceFlags = frame.word();
  // W3C: ids of zeros only are invalid.
  if (Number(`0x${traceId}`) === 0 || Number(`0x${spanId}`) === 0) {
    return undefined;
  }
  if ((traceFlags & ~FLAGS) !== 0) return undefined;
  return { traceId, spanId, traceFlags };
}

function writeDigits(out: Writer, digits: string): void {
  for (let at = 0; at < digits.length; at += DIGITS_PER_WORD) {
    out.word(parseInt(digits.slice(at, at + DIGITS_PER_WORD), 16) | 0);
  }
}

function readDigits(frame: Reader, words: number): string {
  let digits = "";
  for (let k = 0; k < words; k++) {
    digits += (frame.word() >>> 0).toString(16).padStart(DIGITS_PER_WORD, "0");
  }
  return digits;
}
