/**
 * `fold`: many values become one, several times over.
 *
 * @module
 */

import type { AnyFunction } from "../../workers/functions/portable.ts";
import { after, type EmitEach, names, Node } from "../plan/node.ts";

/** Of values that stand next to each other, one for each part that a thread takes. */
export function fold(former: Node, init: AnyFunction, fn: AnyFunction): Node {
  return new Folded(former, init, fn);
}

class Folded extends Node {
  readonly #former: Node;

  constructor(former: Node, init: AnyFunction, fn: AnyFunction) {
    super(after(former, "fold", [init, fn]));
    this.#former = former;
  }

  override emitEach(...[code, base, from, to, body]: EmitEach): void {
    const [init, f] = names(base + this.#former.params.length, 2);
    const folded = code.name("a");
    code.line(`let ${folded} = ${init}();`);
    this.#former.emitEach(code, base, from, to, (value) => {
      code.line(`${folded} = ${f}(${folded}, ${value});`);
    });
    body(folded);
  }
}
