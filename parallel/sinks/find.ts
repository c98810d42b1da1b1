/**
 * What ends early: `findAny`, `findFirst`, `position`, `any`, `all`.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Sink } from "./sink.ts";

/**
 * The first value, of those that are looked at, of which a function says yes.
 *
 * Threads take parts in order, and finish what they have: so whatever lies before a
 * value that was found was looked at as well.
 */
export function find<T>(fn: AnyFunction): Sink<[T], T | undefined> {
  return {
    key: "find",
    params: [fn],
    stops: true,
    emit: (code, [f], each) =>
      each((value) => code.line(`if (${f}(${value})) return [${value}];`)),
    combine: (parts) => firstOf(parts)?.[0],
  };
}

/** The same of values with their indices: the index. */
export function position(fn: AnyFunction): Sink<number, number | undefined> {
  return {
    key: "position",
    params: [fn],
    stops: true,
    emit: (code, [f], each) =>
      each((pair) => code.line(`if (${f}(${pair}[1])) return ${pair}[0];`)),
    combine: firstOf,
  };
}

/** Whether a function says yes of any value. */
export function any(fn: AnyFunction): Sink<true, boolean> {
  return {
    key: "any",
    params: [fn],
    stops: true,
    emit: (code, [f], each) =>
      each((value) => code.line(`if (${f}(${value})) return true;`)),
    combine: (parts) => firstOf(parts) !== undefined,
  };
}

/** Whether a function says yes of all values. */
export function all(fn: AnyFunction): Sink<true, boolean> {
  return {
    key: "all",
    params: [fn],
    stops: true,
    emit: (code, [f], each) =>
      each((value) => code.line(`if (!${f}(${value})) return true;`)),
    combine: (parts) => firstOf(parts) === undefined,
  };
}

function firstOf<P>(parts: readonly P[]): P | undefined {
  return parts.find((part) => part !== undefined);
}
