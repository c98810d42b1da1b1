/**
 * Spans on the thread that runs a call.
 *
 * @module
 */

import { attributesOf, nameOf, type ObservedCall } from "./call_observer.ts";
import {
  contextWith,
  endWithError,
  KIND_SERVER,
  openTelemetry,
  remoteSpan,
  runIn,
  SCOPE,
  type Span,
  type SpanContext,
} from "./open_telemetry.ts";

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
  // Looked up each time: a worker may register it after it started.
  const api = openTelemetry();
  const tracer = api?.trace?.getTracer(SCOPE);
  if (api === undefined || tracer === undefined) return run();
  const span = tracer.startSpan(
    nameOf(call),
    { kind: KIND_SERVER, attributes: attributesOf(call) },
    contextWith(api, remoteSpan(caller)),
  );
  try {
    const result = runIn(api, contextWith(api, span), run);
    endWith(span, result);
    return result;
  } catch (error) {
    endWithError(span, error);
    throw error;
  }
}

/** A promise is followed to its end, without being in the way of its errors. */
function endWith(span: Span, result: unknown): void {
  if (!(result instanceof Promise)) return span.end();
  result.then(
    () => span.end(),
    (error) => endWithError(span, error),
  );
}
