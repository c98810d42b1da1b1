/**
 * The span of what a thread runs for another one.
 *
 * @module
 */

import { attributesOf, nameOf, type ObservedCall } from "./call_observer.ts";
import {
  type Context,
  contextWith,
  endWithError,
  KIND_SERVER,
  openTelemetry,
  type OpenTelemetryApi,
  remoteSpan,
  runIn,
  SCOPE,
  type Span,
  type SpanContext,
} from "./open_telemetry.ts";

/** A span that continues that of a caller; it ends once. */
export class RunSpan {
  readonly #api: OpenTelemetryApi;
  readonly #span: Span;
  readonly #inside: Context;
  #hasEnded = false;

  private constructor(api: OpenTelemetryApi, span: Span) {
    this.#api = api;
    this.#span = span;
    this.#inside = contextWith(api, span);
  }

  /** Starts one; undefined where this thread has registered nothing. */
  static start(call: ObservedCall, caller: SpanContext): RunSpan | undefined {
    // Looked up each time: a worker may register it after it started.
    const api = openTelemetry();
    const tracer = api?.trace?.getTracer(SCOPE);
    if (api === undefined || tracer === undefined) return undefined;
    const span = tracer.startSpan(
      nameOf(call),
      { kind: KIND_SERVER, attributes: attributesOf(call) },
      contextWith(api, remoteSpan(caller)),
    );
    return new RunSpan(api, span);
  }

  /**
   * Runs a part of it. What that starts itself, at once or later, belongs to it.
   *
   * @throws What the part throws, which ends the span.
   */
  part<T>(run: () => T): T {
    try {
      return runIn(this.#api, this.#inside, run);
    } catch (error) {
      this.fail(error);
      throw error;
    }
  }

  /** Ends it with a result, or when that is settled, of whose errors it takes none. */
  endWith(result: unknown): void {
    if (!(result instanceof Promise)) return this.end();
    result.then(() => this.end(), (error) => this.fail(error));
  }

  /** It came to a value. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#span.end();
  }

  /** It failed. */
  fail(error: unknown): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    endWithError(this.#span, error);
  }
}
