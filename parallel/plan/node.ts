/**
 * What a plan is made of: a source, and one adaptor after the other.
 *
 * A node writes its part of one loop. Nothing of a node goes to another thread but
 * that text and the values that it takes.
 *
 * @module
 */

import type { TypedArray } from "../sources/view.ts";
import type { LoopCode } from "./loop_code.ts";

/** Writes what is done with each value, of which it gets the name. */
export type Body = (value: string) => void;

/** How many indices one thread takes at a time. */
export interface Lengths {
  /** At least so many. */
  readonly min: number;
  /** At most so many. */
  readonly max: number;
}

/** Shared memory that is read, or written, in the order of indices. */
export interface NearMemory {
  readonly view: TypedArray;
  /** How many elements there are for each index. */
  readonly each: number;
}

/** What a node is, besides its code. */
export interface NodeParts {
  /** Names the code: two nodes with the same key write the same text. */
  readonly key: string;
  /**
   * What the code takes from outside, those of the nodes before it first: functions,
   * numbers, memory.
   */
  readonly params: readonly unknown[];
  /** How many indices the outermost loop has. */
  readonly length: number;
  readonly lengths: Lengths;
  /** What its threads should be near to, if that matters. */
  readonly near?: NearMemory | undefined;
  /** Its first parameter, if that is an array of which each index needs the value there. */
  readonly items?: readonly unknown[] | undefined;
}

/** What a node needs to know to write its loop. */
export type EmitEach = [
  code: LoopCode,
  /** The number of the first of its parameters among those of the plan. */
  base: number,
  /** The first index, as an expression. */
  from: string,
  /** The one behind the last, as an expression. */
  to: string,
  body: Body,
];

/** Any part of a plan. */
export abstract class Node {
  readonly key: string;
  readonly params: readonly unknown[];
  readonly length: number;
  readonly lengths: Lengths;
  readonly near: NearMemory | undefined;
  readonly items: readonly unknown[] | undefined;

  constructor({ key, params, length, lengths, near, items }: NodeParts) {
    this.key = key;
    this.params = params;
    this.length = length;
    this.lengths = lengths;
    this.near = near;
    this.items = items;
  }

  /** Writes a loop over some indices. */
  abstract emitEach(...args: EmitEach): void;
}

/** A part of a plan that has any number of values for an index. */
export class FreeNode extends Node {
  readonly #emitEach: (...args: EmitEach) => void;

  /** @param emitEach Writes its loop. */
  constructor(parts: NodeParts, emitEach: (...args: EmitEach) => void) {
    super(parts);
    this.#emitEach = emitEach;
  }

  override emitEach(...args: EmitEach): void {
    this.#emitEach(...args);
  }
}

/** A part of a plan that has exactly one value at each index. */
export abstract class IndexedNode extends Node {
  /**
   * Writes how the value at an index is found.
   *
   * @param index A name or a number.
   * @returns Its name.
   */
  abstract emitAt(code: LoopCode, base: number, index: string): string;

  /**
   * Writes how values that stand next to each other are found without a copy.
   *
   * @returns The name of what has them; undefined if there is no such thing.
   */
  emitRun(
    _code: LoopCode,
    _base: number,
    _from: string,
    _to: string,
  ): string | undefined {
    return undefined;
  }

  override emitEach(...[code, base, from, to, body]: EmitEach): void {
    const index = code.name("i");
    code.line(`for (let ${index} = ${from}; ${index} < ${to}; ${index}++) {`);
    body(this.emitAt(code, base, index));
    code.line("}");
  }
}

/** The names of some parameters. */
export function names(base: number, count: number): string[] {
  return Array.from({ length: count }, (_, k) => `p${base + k}`);
}

/** What a node is that comes after another. */
export function after(
  former: Node,
  key: string,
  params: readonly unknown[],
): NodeParts {
  return {
    key: `${former.key} ${key}`,
    params: params.length === 0 ? former.params : [...former.params, ...params],
    length: former.length,
    lengths: former.lengths,
    near: former.near,
    items: former.items,
  };
}
