/**
 * `fold`: many values become one, several times over.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import { after, FreeNode, names, type Node } from "../plan/node.ts";

/** Of values that stand next to each other, one for each part that a thread takes. */
export function fold(former: Node, init: AnyFunction, fn: AnyFunction): Node {
  const parts = after(former, "fold", [init, fn]);
  return new FreeNode(parts, (code, base, from, to, body) => {
    const [init, f] = names(base + former.params.length, 2);
    const folded = code.name("a");
    code.line(`let ${folded} = ${init}();`);
    former.emitEach(code, base, from, to, (value) => {
      code.line(`${folded} = ${f}(${folded}, ${value});`);
    });
    body(folded);
  });
}
