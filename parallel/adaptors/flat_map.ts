/**
 * `flatMap`: all that a function makes of each value.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import type { Node } from "../plan/node.ts";
import { anyPerValue } from "../plan/per_value.ts";

/** All values of the iterables that a function makes of each value. */
export function flatMap(former: Node, fn: AnyFunction): Node {
  return anyPerValue(former, {
    key: "flatMap",
    params: [fn],
    emit: (code, [f], value, body) => {
      const made = code.value(`${f}(${value})`);
      code.line(
        `if (typeof ${made}?.[Symbol.iterator] !== "function") throw new TypeError("Cannot run plan as what the function of flatMap() returns must be iterable: received " + (${made} === null ? "null" : typeof ${made}));`,
      );
      const one = code.name("v");
      code.line(`for (const ${one} of ${made}) {`);
      body(one);
      code.line("}");
    },
  });
}
