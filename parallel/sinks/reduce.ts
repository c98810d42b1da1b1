/**
 * `reduce`: two values become one, until there is one.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Sink } from "./sink.ts";

/** All values joined by an associative function, in their order. */
export function reduce<T>(
  identity: () => T,
  join: (a: T, b: T) => T,
): Sink<[T], T> {
  return {
    key: "reduce",
    params: [identity, join] as AnyFunction[],
    // In an array, as a result that is undefined would be none.
    emit: (code, [identity, join], each) => {
      code.line(`let result = ${identity}();`);
      each((value) => code.line(`result = ${join}(result, ${value});`));
      code.line("return [result];");
    },
    combine: (parts, own) => {
      const [identity, join] = own as [() => T, (a: T, b: T) => T];
      return parts.reduce((all, [part]) => join(all, part), identity());
    },
  };
}
