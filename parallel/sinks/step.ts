/**
 * Steps of work that belong together: what one leaves in shared memory, the next finds.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Sink } from "./sink.ts";

/**
 * Calls a function with each value, and with what it works on.
 *
 * @param fn A function that its module exports.
 * @param works What it works on, as other threads see it.
 */
export function step(
  fn: AnyFunction,
  works: readonly unknown[],
): Sink<undefined, void> {
  return {
    key: `step ${works.length}`,
    params: [fn, ...works],
    emit: (code, [fn, ...works], each) =>
      each((value) => code.line(`${fn}(${value}, [${works.join()}]);`)),
    combine: () => {},
  };
}
