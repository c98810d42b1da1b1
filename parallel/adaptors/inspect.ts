/**
 * `inspect`: a look at each value.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Node } from "../plan/node.ts";
import { perValue } from "../plan/per_value.ts";

/** The same values, each shown to a function. */
export function inspect(former: Node, fn: AnyFunction): Node {
  return perValue(former, {
    key: "inspect",
    params: [fn],
    emit: (code, [f], value) => {
      code.line(`${f}(${value});`);
      return value;
    },
  });
}
