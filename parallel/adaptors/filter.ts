/**
 * `filter`: the values of which a function says yes.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Node } from "../plan/node.ts";
import { anyPerValue } from "../plan/per_value.ts";

/** The values of which a function says something true. */
export function filter(former: Node, fn: AnyFunction): Node {
  return anyPerValue(former, {
    key: "filter",
    params: [fn],
    emit: (code, [f], value, body) => {
      code.line(`if (${f}(${value})) {`);
      body(value);
      code.line("}");
    },
  });
}
