/**
 * `filterMap`: what a function makes of each value, if it makes something.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Node } from "../plan/node.ts";
import { anyPerValue } from "../plan/per_value.ts";

/** What a function makes of each value, without `undefined`. */
export function filterMap(former: Node, fn: AnyFunction): Node {
  return anyPerValue(former, {
    key: "filterMap",
    params: [fn],
    emit: (code, [f], value, body) => {
      const made = code.value(`${f}(${value})`);
      code.line(`if (${made} !== undefined) {`);
      body(made);
      code.line("}");
    },
  });
}
