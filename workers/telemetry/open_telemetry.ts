/**
 * The part of the OpenTelemetry API that the runtime uses, where a program has
 * registered one.
 *
 * `npm:@opentelemetry/api` and Deno (with `OTEL_DENO`) keep what is registered at
 * the same place, so nothing is imported here, and nothing is done where nobody
 * registered anything.
 *
 * @module
 */

/** Names a span, also on another thread. */
export interface SpanContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Bit 0: sampled. */
  readonly traceFlags: number;
  /** Whether it comes from somewhere else. */
  readonly isRemote?: boolean;
}

/** Values of attributes. */
export type Attributes = Readonly<
  Record<string, string | number | boolean | undefined>
>;

/** What is going on: a step of a trace. */
export interface Span {
  spanContext(): SpanContext;
  setStatus(status: { code: number; message?: string }): unknown;
  recordException(exception: Error | string): void;
  end(): void;
}

/** Values that go with a line of execution. */
export interface Context {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): Context;
  deleteValue(key: symbol): Context;
}

/** Knows which context is the current one. */
export interface ContextManager {
  active(): Context;
  with<T>(context: Context, run: () => T): T;
}

/** Starts spans. */
export interface Tracer {
  startSpan(
    name: string,
    options: { readonly kind: number; readonly attributes: Attributes },
    context?: Context,
  ): Span;
}

/** An instrument that is asked. */
export interface Observable {
  addCallback?(callback: (result: unknown) => void): void;
}

/** Takes the values of instruments that are asked together. */
export interface BatchObservableResult {
  observe(instrument: Observable, value: number, attributes: Attributes): void;
}

/** What is asked for the values of its instruments. */
export type BatchObservableCallback = (result: BatchObservableResult) => void;

/** How an instrument is made. */
export interface InstrumentOptions {
  readonly description: string;
  readonly unit: string;
}

/** Makes instruments. */
export interface Meter {
  createObservableCounter(name: string, options: InstrumentOptions): Observable;
  createObservableUpDownCounter(
    name: string,
    options: InstrumentOptions,
  ): Observable;
  createObservableGauge(name: string, options: InstrumentOptions): Observable;
  addBatchObservableCallback(
    callback: BatchObservableCallback,
    instruments: Observable[],
  ): void;
  removeBatchObservableCallback(
    callback: BatchObservableCallback,
    instruments: Observable[],
  ): void;
}

/** What a program may have registered. */
export interface OpenTelemetryApi {
  readonly trace?: { getTracer(name: string, version?: string): Tracer };
  readonly metrics?: { getMeter(name: string, version?: string): Meter };
  readonly context?: ContextManager;
}

/** How instruments and spans name who made them. */
export const SCOPE = "@kindred/kindred";

/** The place of the API in this realm, for major version 1. */
const API: symbol = Symbol.for("opentelemetry.js.api.1");
/** The place of the current span in a context. */
const SPAN: symbol = Symbol.for("OpenTelemetry Context Key SPAN");

/** Kinds of spans. */
export const KIND_SERVER = 1;
export const KIND_CLIENT = 2;
/** The status of what failed. */
export const STATUS_ERROR = 2;

/** What this program has registered, if anything. */
export function openTelemetry(): OpenTelemetryApi | undefined {
  return (globalThis as { [API]?: OpenTelemetryApi })[API];
}

/** A context in which a span is the current one. */
export function contextWith(
  api: OpenTelemetryApi,
  span: { spanContext(): SpanContext },
): Context {
  return (api.context?.active() ?? EMPTY).setValue(SPAN, span);
}

/** Runs something in a context. */
export function runIn<T>(
  api: OpenTelemetryApi,
  context: Context,
  run: () => T,
): T {
  return api.context === undefined ? run() : api.context.with(context, run);
}

/** A span that another thread started: nothing is added to it here. */
export function remoteSpan(context: SpanContext): Span {
  const remote = { ...context, isRemote: true };
  const self = () => span;
  const span = {
    spanContext: () => remote,
    isRecording: () => false,
    setAttribute: self,
    setAttributes: self,
    addEvent: self,
    addLink: self,
    addLinks: self,
    setStatus: self,
    updateName: self,
    recordException: () => {},
    end: () => {},
  };
  return span;
}

/** Ends a span with the error that ended what it stands for. */
export function endWithError(span: Span, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  span.recordException(error instanceof Error ? error : message);
  span.setStatus({ code: STATUS_ERROR, message });
  span.end();
}

/** Contexts for programs that registered no manager of theirs. */
class PlainContext implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new PlainContext(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): Context {
    const values = new Map(this.#values);
    values.delete(key);
    return new PlainContext(values);
  }
}

const EMPTY: Context = new PlainContext(new Map());
