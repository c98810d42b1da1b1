/**
 * `map`: what a function makes of each value.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Node } from "../plan/node.ts";
import { perValue } from "../plan/per_value.ts";

/** What a function makes of each value. */
export function map(former: Node, fn: AnyFunction): Node {
  return perValue(former, {
    key: "map",
    params: [fn],
    emit: (code, [f], value) => code.value(`${f}(${value})`),
  });
}
