/**
 * `mapInit`: a map with something that is made once for many values.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Node } from "../plan/node.ts";
import { perValue } from "../plan/per_value.ts";

/** What a function makes of each value and of what was made before. */
export function mapInit(
  former: Node,
  init: AnyFunction,
  fn: AnyFunction,
): Node {
  return perValue(former, {
    key: "mapInit",
    params: [init, fn],
    emit: (code, [init, f], value) => {
      const made = code.name("s");
      code.before(`const ${made} = ${init}();`);
      return code.value(`${f}(${made}, ${value})`);
    },
  });
}
