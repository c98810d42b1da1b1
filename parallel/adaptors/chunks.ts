/**
 * `chunks` and `windows`: several neighbours as one value.
 *
 * @module
 */

import type { LoopCode } from "../plan/loop_code.ts";
import { after, IndexedNode, names } from "../plan/node.ts";

/** Arrays of neighbours that have no value in common; the last one may be shorter. */
export function chunks(former: IndexedNode, size: number): IndexedNode {
  return new Runs(
    former,
    "chunks",
    size,
    size,
    Math.ceil(former.length / size),
  );
}

/** Arrays of neighbours, one for each place where `size` of them begin. */
export function windows(former: IndexedNode, size: number): IndexedNode {
  return new Runs(
    former,
    "windows",
    size,
    1,
    Math.max(0, former.length - size + 1),
  );
}

class Runs extends IndexedNode {
  readonly #former: IndexedNode;

  constructor(
    former: IndexedNode,
    key: string,
    size: number,
    step: number,
    length: number,
  ) {
    const parts = after(former, key, [size, step, former.length]);
    const { near } = former;
    super({
      ...parts,
      length,
      near: near && { view: near.view, each: near.each * step },
      items: undefined,
    });
    this.#former = former;
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const [size, step, end] = names(base + this.#former.params.length, 3);
    const from = code.value(`${index} * ${step}`);
    const to = code.value(`Math.min(${from} + ${size}, ${end})`);
    const run = this.#former.emitRun(code, base, from, to);
    if (run !== undefined) return run;
    const values = code.value(`new Array(${to} - ${from})`);
    const at = code.name("i");
    code.line(`for (let ${at} = ${from}; ${at} < ${to}; ${at}++) {`);
    const value = this.#former.emitAt(code, base, at);
    code.line(`${values}[${at} - ${from}] = ${value};`);
    code.line("}");
    return values;
  }
}
