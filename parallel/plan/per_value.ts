/**
 * Adaptors that look at one value after the other.
 *
 * @module
 */

import type { LoopCode } from "./loop_code.ts";
import {
  after,
  type Body,
  type EmitEach,
  FreeNode,
  IndexedNode,
  names,
  type Node,
} from "./node.ts";

/** How an adaptor makes one value of each, and what it takes for that. */
export interface ValueAdaptor {
  /** Names its code. */
  readonly key: string;
  readonly params: readonly unknown[];
  /** Writes how a value becomes another; returns the name of that. */
  emit(code: LoopCode, params: readonly string[], value: string): string;
}

/** One value of each: what has indices keeps them. */
export function perValue(former: Node, adaptor: ValueAdaptor): Node {
  if (former instanceof IndexedNode) return new IndexedValues(former, adaptor);
  return anyPerValue(former, {
    ...adaptor,
    emit: (code, params, value, body) =>
      body(adaptor.emit(code, params, value)),
  });
}

class IndexedValues extends IndexedNode {
  readonly #former: IndexedNode;
  readonly #adaptor: ValueAdaptor;

  constructor(former: IndexedNode, adaptor: ValueAdaptor) {
    super(after(former, adaptor.key, adaptor.params));
    this.#former = former;
    this.#adaptor = adaptor;
  }

  override emitAt(code: LoopCode, base: number, index: string): string {
    const value = this.#former.emitAt(code, base, index);
    return this.#adaptor.emit(code, own(this, this.#former, base), value);
  }

  override emitEach(...[code, base, from, to, body]: EmitEach): void {
    // What comes before may have a better loop than one over all indices.
    this.#former.emitEach(code, base, from, to, (value) => {
      body(this.#adaptor.emit(code, own(this, this.#former, base), value));
    });
  }
}

/** How an adaptor makes any number of values of each. */
export interface FreeAdaptor {
  /** Names its code. */
  readonly key: string;
  readonly params: readonly unknown[];
  /** Writes what is done with a value, and in it what comes after. */
  emit(
    code: LoopCode,
    params: readonly string[],
    value: string,
    body: Body,
  ): void;
}

/** Any number of values of each: indices are lost. */
export function anyPerValue(former: Node, adaptor: FreeAdaptor): Node {
  const { key, params } = adaptor;
  const node = new FreeNode(
    after(former, key, params),
    (code, base, from, to, body) =>
      former.emitEach(code, base, from, to, (value) => {
        adaptor.emit(code, own(node, former, base), value, body);
      }),
  );
  return node;
}

/** The names of what a node takes besides what the one before it takes. */
function own(node: Node, former: Node, base: number): string[] {
  const taken = former.params.length;
  return names(base + taken, node.params.length - taken);
}
