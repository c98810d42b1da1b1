/**
 * What watches each call of a thread, where anybody wants that: marks and spans.
 *
 * @module
 */

import { CallMarks } from "../stats/call_marks.ts";
import {
  type Attributes,
  endWithError,
  KIND_CLIENT,
  openTelemetry,
  SCOPE,
  type Span,
  type SpanContext,
  type Tracer,
} from "./open_telemetry.ts";

/** A call, as it is shown to people. */
export interface ObservedCall {
  /** The name of the family; undefined: a task. */
  readonly family: string | undefined;
  /** The name of the method, or of the task. */
  readonly method: string;
  /** The worker that was called; undefined: any. */
  readonly worker: number | undefined;
}

/** A call that is watched until it ends. */
export interface Observation {
  /** To be sent along with the call; undefined: nothing. */
  readonly context: SpanContext | undefined;
  /** It came to a value. */
  readonly done: () => void;
  /** It failed. */
  readonly failed: (error: unknown) => void;
}

/** What is done about the calls of this thread. */
export class CallObserver {
  /** Whether {@linkcode begin} does anything. */
  active: boolean;
  /** Who wants to see them in the timeline. */
  readonly marks: CallMarks;
  /** Whether OpenTelemetry is not to be left alone. */
  readonly telemetry: boolean;
  readonly #tracer: Tracer | undefined;

  /**
   * Looks up what the program registered.
   *
   * @param options `telemetry: false`: as if it had registered nothing.
   */
  constructor(options: { readonly telemetry?: boolean } = {}) {
    this.telemetry = options.telemetry ?? true;
    if (this.telemetry) this.#tracer = openTelemetry()?.trace?.getTracer(SCOPE);
    const isTraced = this.active = this.#tracer !== undefined;
    this.marks = new CallMarks((wanted) => this.active = isTraced || wanted);
  }

  /** A call is made. Its frame is written after that. */
  begin(call: ObservedCall): Observation {
    const name = nameOf(call);
    const span = this.#startSpan(name, call);
    const start = this.marks.wanted ? performance.now() : undefined;
    const end = (ok: boolean) => {
      if (start === undefined) return;
      this.marks.add(name, start, { worker: call.worker, ok });
    };
    return {
      context: span?.spanContext(),
      done: () => {
        end(true);
        span?.end();
      },
      failed: (error) => {
        end(false);
        if (span !== undefined) endWithError(span, error);
      },
    };
  }

  /** Makes a call that is answered by a promise, and watches it. */
  watch<T>(
    call: ObservedCall,
    make: (context: SpanContext | undefined) => Promise<T>,
  ): Promise<T> {
    const { context, done, failed } = this.begin(call);
    return make(context).then((value) => {
      done();
      return value;
    }, (error) => {
      failed(error);
      throw error;
    });
  }

  #startSpan(name: string, call: ObservedCall): Span | undefined {
    // The parent is the span of the context in which the call is made.
    return this.#tracer?.startSpan(
      name,
      { kind: KIND_CLIENT, attributes: attributesOf(call) },
      openTelemetry()?.context?.active(),
    );
  }
}

/** How a call is shown: `family.method`, or the name of the task. */
export function nameOf({ family, method }: ObservedCall): string {
  if (family !== undefined) return `${family}.${method}`;
  return method === "" ? "anonymous" : method;
}

/** What spans say about a call, by the conventions for remote calls. */
export function attributesOf(call: ObservedCall): Attributes {
  return {
    "rpc.system": "kindred",
    ...(call.family !== undefined && { "rpc.service": call.family }),
    "rpc.method": call.method,
    ...(call.worker !== undefined && { "kindred.worker": call.worker }),
  };
}
