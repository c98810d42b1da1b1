/**
 * `forEach` and `tryForEach`: something is done with each value.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Sink } from "./sink.ts";

/** Has each value made, and does nothing with it. */
export function nothing(): Sink<undefined, void> {
  return {
    key: "nothing",
    params: [],
    emit: (_code, _, each) => each(() => {}),
    combine: () => {},
  };
}

/** Calls a function with each value. */
export function forEach(fn: AnyFunction): Sink<undefined, void> {
  return {
    key: "forEach",
    params: [fn],
    emit: (code, [f], each) => each((value) => code.line(`${f}(${value});`)),
    combine: () => {},
  };
}

/** Calls a function with each value until it returns something. */
export function tryForEach<R>(fn: AnyFunction): Sink<R, R | undefined> {
  return {
    key: "tryForEach",
    params: [fn],
    stops: true,
    emit: (code, [f], each) =>
      each((value) => {
        const result = code.value(`${f}(${value})`);
        code.line(`if (${result} !== undefined) return ${result};`);
      }),
    combine: (parts) => parts.find((part) => part !== undefined),
  };
}
