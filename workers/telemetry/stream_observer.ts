/**
 * Spans on the thread that runs a generator for others.
 *
 * @module
 */

import { isThenable } from "../../codec/thenable.ts";
import { type AnyIterator, openerOf } from "../streams/iterator_of.ts";
import type { ObservedCall } from "./call_observer.ts";
import type { SpanContext } from "./open_telemetry.ts";
import { RunSpan } from "./run_span.ts";

type Step = IteratorResult<unknown> | PromiseLike<IteratorResult<unknown>>;

/**
 * Runs a call whose result is iterated, in a span that continues that of the
 * caller. The span lasts until the iterator has ended, and all code of it runs there.
 *
 * Where this thread has registered nothing, the call just runs.
 *
 * @returns What `run` returns; of something iterable, one that does the same.
 * @throws What `run` throws.
 */
export function streamObserved(
  call: ObservedCall,
  caller: SpanContext,
  run: () => unknown,
): unknown {
  const span = RunSpan.start(call, caller);
  if (span === undefined) return run();
  const result = span.part(run);
  const open = openerOf(result);
  if (open === undefined) {
    span.endWith(result);
    return result;
  }
  return { [Symbol.iterator]: () => observed(span.part(open), span) };
}

function observed(iterator: AnyIterator, span: RunSpan): AnyIterator {
  const step = (take: () => Step, isLast: boolean): Step => {
    const result = span.part(take);
    const look = (result: IteratorResult<unknown>) => {
      if (isLast || result.done === true) span.end();
      return result;
    };
    if (!isThenable(result)) return look(result);
    return result.then(look, (error) => {
      span.fail(error);
      throw error;
    });
  };
  return {
    next: () => step(() => iterator.next(), false),
    return: (value?: unknown) =>
      step(() => iterator.return?.(value) ?? { done: true, value }, true),
    throw: (error?: unknown) =>
      step(() => {
        if (iterator.throw !== undefined) return iterator.throw(error);
        throw error;
      }, true),
  } as AnyIterator;
}
