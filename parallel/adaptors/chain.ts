/**
 * `chain`: one source after the other.
 *
 * @module
 */

import { bothLengths } from "../plan/lengths.ts";
import type { LoopCode } from "../plan/loop_code.ts";
import {
  type EmitEach,
  FreeNode,
  IndexedNode,
  names,
  type Node,
  type NodeParts,
} from "../plan/node.ts";

/** The values of one node, then those of another. */
export function chain(first: Node, second: Node): Node {
  return first instanceof IndexedNode && second instanceof IndexedNode
    ? new IndexedChain(first, second)
    : new FreeNode(
      chained(first, second),
      (...args) => emitBoth(first, second, ...args),
    );
}

function chained(first: Node, second: Node): NodeParts {
  return {
    key: `(${first.key}) (${second.key}) chain`,
    params: [...first.params, ...second.params, first.length],
    length: first.length + second.length,
    lengths: bothLengths(first, second),
  };
}

/** One loop after the other, each over its own share of the indices. */
function emitBoth(
  first: Node,
  second: Node,
  ...[code, base, from, to, body]: EmitEach
): void {
  const [seam] = seamOf(first, second, base);
  const end = code.value(`Math.min(${to}, ${seam})`);
  first.emitEach(code, base, from, end, body);
  const start = code.value(`Math.max(${from}, ${seam}) - ${seam}`);
  const rest = code.value(`${to} - ${seam}`);
  second.emitEach(code, base + first.params.length, start, rest, body);
}

function seamOf(first: Node, second: Node, base: number): string[] {
  return names(base + first.params.length + second.params.length, 1);
}

class IndexedChain extends IndexedNode {
  readonly #first: IndexedNode;
  readonly #second: IndexedNode;

  constructor(first: IndexedNode, second: IndexedNode) {
    super(chained(first, second));
    this.#first = first;
    this.#second = second;
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const [seam] = seamOf(this.#first, this.#second, base);
    const value = code.name("v");
    code.line(`let ${value};`);
    code.line(`if (${index} < ${seam}) {`);
    code.line(`${value} = ${this.#first.emitAt(code, base, index)};`);
    code.line("} else {");
    const at = code.value(`${index} - ${seam}`);
    const second = base + this.#first.params.length;
    code.line(`${value} = ${this.#second.emitAt(code, second, at)};`);
    code.line("}");
    return value;
  }

  override emitEach(...args: EmitEach): void {
    emitBoth(this.#first, this.#second, ...args);
  }
}
