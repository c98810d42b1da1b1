/**
 * Spans on the thread that runs a call.
 *
 * @module
 */

import type { ObservedCall } from "./call_observer.ts";
import type { SpanContext } from "./open_telemetry.ts";
import { RunSpan } from "./run_span.ts";

/**
 * Runs a call that came with a trace context, in a span that continues that of
 * the caller. What the call starts itself, at once or later, belongs to it.
 *
 * Where this thread has registered nothing, the call just runs.
 *
 * @returns What `run` returns.
 * @throws What `run` throws.
 */
export function runObserved<T>(
  call: ObservedCall,
  caller: SpanContext,
  run: () => T,
): T {
  const span = RunSpan.start(call, caller);
  if (span === undefined) return run();
  const result = span.part(run);
  span.endWith(result);
  return result;
}
