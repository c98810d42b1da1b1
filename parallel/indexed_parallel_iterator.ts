/**
 * Values that are computed in parallel, each at an index.
 *
 * @module
 */

import { chunks, windows } from "./adaptors/chunks.ts";
import { enumerate } from "./adaptors/enumerate.ts";
import { rev } from "./adaptors/rev.ts";
import { skip } from "./adaptors/skip.ts";
import { stepBy } from "./adaptors/step_by.ts";
import { take } from "./adaptors/take.ts";
import { withLengths } from "./adaptors/with_lengths.ts";
import { zip } from "./adaptors/zip.ts";
import { checkCount, checkFunction } from "./checks.ts";
import {
  checkedPlan,
  ParallelIterator,
  whereIndexed,
} from "./parallel_iterator.ts";
import { planOf } from "./consumers.ts";
import { IndexedNode } from "./plan/node.ts";
import { execute } from "./run/execute.ts";
import { collectInto } from "./sinks/collect.ts";
import { position } from "./sinks/find.ts";
import { isTypedArray, type TypedArray } from "./sources/view.ts";

/**
 * A plan whose values have indices: one value at each index from 0 up.
 *
 * After `IndexedParallelIterator` of rayon
 * (https://docs.rs/rayon/latest/rayon/iter/trait.IndexedParallelIterator.html).
 *
 * @example Usage
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const target = new Float64Array(3);
 * await par([1, 2, 3]).zip(par([10, 20, 30])).map(([a, b]) => a + b)
 *   .collectInto(target);
 * assertEquals([...target], [11, 22, 33]);
 * ```
 *
 * @typeParam T The values.
 */
export class IndexedParallelIterator<T> extends ParallelIterator<T> {
  /** The same plan with one more step. */
  #next<U>(
    step: (former: IndexedNode) => IndexedNode,
  ): IndexedParallelIterator<U> {
    const { node, options } = planOf(this);
    return new IndexedParallelIterator<U>({
      node: step(node as IndexedNode),
      options,
    });
  }

  /** How many values there are. */
  get length(): number {
    return planOf(this).node.length;
  }

  /** What a function makes of each value. */
  override map<U>(fn: (value: T) => U): IndexedParallelIterator<U> {
    return super.map(fn) as IndexedParallelIterator<U>;
  }

  /**
   * What a function makes of each value and of something that is made once for many.
   *
   * @param init Makes it: once for each part of the values that a thread takes.
   */
  override mapInit<S, U>(
    init: () => S,
    fn: (made: S, value: T) => U,
  ): IndexedParallelIterator<U> {
    return super.mapInit(init, fn) as IndexedParallelIterator<U>;
  }

  /** The same values; a function has a look at each of them. */
  override inspect(fn: (value: T) => void): IndexedParallelIterator<T> {
    return super.inspect(fn) as IndexedParallelIterator<T>;
  }

  /** These values, then those of another plan; options are those of this one. */
  override chain<U>(
    other: IndexedParallelIterator<U>,
  ): IndexedParallelIterator<T | U>;
  /** These values, then those of another plan; options are those of this one. */
  override chain<U>(other: ParallelIterator<U>): ParallelIterator<T | U>;
  override chain<U>(other: ParallelIterator<U>): ParallelIterator<T | U> {
    return super.chain(other);
  }

  /** Pairs of an index and the value there. */
  enumerate(): IndexedParallelIterator<[index: number, value: T]> {
    return this.#next((former) => enumerate(former));
  }

  /** Pairs of the values of two plans, up to the end of the shorter one. */
  zip<U>(other: IndexedParallelIterator<U>): IndexedParallelIterator<[T, U]> {
    const { node } = checkedPlan("zip", other);
    if (!(node instanceof IndexedNode)) {
      throw new TypeError(
        "Cannot call zip() as 'other' must have indices: received a plan that has lost them, as by filter()",
      );
    }
    return this.#next((former) => zip(former, node));
  }

  /** The last value first. */
  rev(): IndexedParallelIterator<T> {
    return this.#next((former) => rev(former));
  }

  /** All values but the first `count`. */
  skip(count: number): IndexedParallelIterator<T> {
    checkCount("skip", "count", count, 0);
    return this.#next((former) => skip(former, count));
  }

  /** The first `count` values. */
  take(count: number): IndexedParallelIterator<T> {
    checkCount("take", "count", count, 0);
    return this.#next((former) => take(former, count));
  }

  /** The first value, and then every `step`-th one. */
  stepBy(step: number): IndexedParallelIterator<T> {
    checkCount("stepBy", "step", step, 1);
    return this.#next((former) => stepBy(former, step));
  }

  /**
   * Neighbours as arrays of `size` values; the last one may have fewer. Of a typed array
   * these are views: what is written there is written in its memory, if that is shared.
   */
  chunks(size: number): IndexedParallelIterator<Neighbours<T>> {
    checkCount("chunks", "size", size, 1);
    return this.#next((former) => chunks(former, size));
  }

  /** Neighbours as arrays of `size` values, one for each index where they begin. */
  windows(size: number): IndexedParallelIterator<Neighbours<T>> {
    checkCount("windows", "size", size, 1);
    return this.#next((former) => windows(former, size));
  }

  /** The same values; each thread takes at least so many neighbours at a time. */
  withMinLen(length: number): IndexedParallelIterator<T> {
    checkCount("withMinLen", "length", length, 1);
    return this.#next((former) => withLengths(former, { min: length }));
  }

  /** The same values; each thread takes at most so many neighbours at a time. */
  withMaxLen(length: number): IndexedParallelIterator<T> {
    checkCount("withMaxLen", "length", length, 1);
    return this.#next((former) => withLengths(former, { max: length }));
  }

  /** The index of the first value of which a function says yes. */
  position(test: (value: T) => boolean): Promise<number | undefined> {
    checkFunction("position", "test", test);
    return execute(planOf(this.enumerate()), position(test));
  }

  /**
   * Writes each value into a typed array, at its index. Without a copy if that lives
   * in shared memory.
   *
   * @throws {RangeError} If the typed array has another length.
   */
  collectInto(target: TypedArray): Promise<void> {
    if (!isTypedArray(target)) {
      throw new TypeError(
        `Cannot call collectInto() as 'target' must be a typed array: received ${
          target === null ? "null" : typeof target
        }`,
      );
    }
    const { length } = this;
    if (target.length !== length) {
      throw new RangeError(
        `Cannot call collectInto() as 'target' must have a place for each of ${length} values: received ${target.length} places`,
      );
    }
    return execute(planOf(this), collectInto(target));
  }
}

whereIndexed((plan) => new IndexedParallelIterator(plan));

/** Values that stand next to each other. */
export type Neighbours<T> = ArrayLike<T> & Iterable<T>;
