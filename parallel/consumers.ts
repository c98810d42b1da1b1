/**
 * What can become of values that are computed in parallel.
 *
 * @module
 */

import type { Portable } from "../codec/portable.ts";
import { checkFunction, checkNumeric } from "./checks.ts";
import type { Plan } from "./plan/plan.ts";
import { execute } from "./run/execute.ts";
import { collect, partition, unzip } from "./sinks/collect.ts";
import {
  max,
  maxBy,
  maxByKey,
  min,
  minBy,
  minByKey,
} from "./sinks/extremes.ts";
import { all, any, find } from "./sinks/find.ts";
import { forEach, tryForEach } from "./sinks/for_each.ts";
import { reduce } from "./sinks/reduce.ts";
import { count, type Numeric, product, sum } from "./sinks/sum.ts";

/** What a parallel iterator stands for. */
export let planOf: (plan: Consumers<unknown>) => Plan;

/**
 * What can become of values: each method runs the plan and gives a promise.
 *
 * All functions are portable: self-contained, exported with `portable()`, or closures
 * with data of their own. They run on several threads, so what they change is seen by
 * others only if it lives in shared memory. A function that throws ends the plan: the
 * first error is thrown, once all threads have ended.
 *
 * @typeParam T The values.
 */
export abstract class Consumers<T> {
  readonly #plan: Plan;

  /** Made by `par()`, and by the methods of a parallel iterator. */
  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** Calls a function with each value, in no order. */
  forEach(fn: (value: T) => void): Promise<void> {
    checkFunction("forEach", "fn", fn);
    return execute(this.#plan, forEach(fn));
  }

  /**
   * Calls a function with each value, until it returns something.
   *
   * @returns What it returned; of several the one of the first value; undefined if
   * it never returned anything.
   */
  tryForEach<R>(
    fn: (value: T) => R & Portable<R>,
  ): Promise<Exclude<R, void> | undefined> {
    checkFunction("tryForEach", "fn", fn);
    return execute(this.#plan, tryForEach<Exclude<R, void>>(fn));
  }

  /** How many values there are. */
  count(): Promise<number> {
    return execute(this.#plan, count());
  }

  /**
   * The sum of all values. Numbers that are no integers are added in another order
   * than by a loop, and so rounded in another way.
   */
  sum(this: Consumers<number>): Promise<number>;
  /**
   * The sum of all values.
   *
   * @param zero What it starts with.
   * @throws {TypeError} If it is neither a number nor a bigint.
   */
  sum(this: Consumers<bigint>, zero: bigint): Promise<bigint>;
  sum(zero: Numeric = 0): Promise<Numeric> {
    checkNumeric("sum", "zero", zero);
    return execute(this.#plan, sum(zero));
  }

  /** The product of all values, rounded as by {@linkcode sum}. */
  product(this: Consumers<number>): Promise<number>;
  /**
   * The product of all values.
   *
   * @param one What it starts with.
   * @throws {TypeError} If it is neither a number nor a bigint.
   */
  product(this: Consumers<bigint>, one: bigint): Promise<bigint>;
  product(one: Numeric = 1): Promise<Numeric> {
    checkNumeric("product", "one", one);
    return execute(this.#plan, product(one));
  }

  /** The smallest value, by `<`; of several the first; NaN if one is NaN. */
  min(): Promise<T | undefined> {
    return execute(this.#plan, min<T>());
  }

  /** The largest value, by `>`; of several the last; NaN if one is NaN. */
  max(): Promise<T | undefined> {
    return execute(this.#plan, max<T>());
  }

  /** The smallest value, by a comparison as for `sort()`; of several the first. */
  minBy(compare: (a: T, b: T) => number): Promise<T | undefined> {
    checkFunction("minBy", "compare", compare);
    return execute(this.#plan, minBy<T>(compare));
  }

  /** The largest value, by a comparison as for `sort()`; of several the last. */
  maxBy(compare: (a: T, b: T) => number): Promise<T | undefined> {
    checkFunction("maxBy", "compare", compare);
    return execute(this.#plan, maxBy<T>(compare));
  }

  /** The value with the smallest key; of several the first. */
  minByKey<K>(keyOf: (value: T) => K & Portable<K>): Promise<T | undefined> {
    checkFunction("minByKey", "keyOf", keyOf);
    return execute(this.#plan, minByKey<T>(keyOf));
  }

  /** The value with the largest key; of several the last. */
  maxByKey<K>(keyOf: (value: T) => K & Portable<K>): Promise<T | undefined> {
    checkFunction("maxByKey", "keyOf", keyOf);
    return execute(this.#plan, maxByKey<T>(keyOf));
  }

  /**
   * All values joined by a function: `join(join(a, b), c)` has to be
   * `join(a, join(b, c))`. The order of the values is kept.
   *
   * @param identity Makes what changes nothing when it is joined with a value.
   */
  reduce(identity: () => T, join: (a: T, b: T) => T): Promise<T> {
    checkFunction("reduce", "identity", identity);
    checkFunction("reduce", "join", join);
    return execute(this.#plan, reduce(identity, join));
  }

  /** A value of which a function says yes, whichever is found first. */
  findAny(test: (value: T) => boolean): Promise<T | undefined> {
    checkFunction("findAny", "test", test);
    return execute(this.#plan, find<T>(test));
  }

  /** The first value of which a function says yes. */
  findFirst(test: (value: T) => boolean): Promise<T | undefined> {
    checkFunction("findFirst", "test", test);
    return execute(this.#plan, find<T>(test));
  }

  /** Whether a function says yes of any value. */
  any(test: (value: T) => boolean): Promise<boolean> {
    checkFunction("any", "test", test);
    return execute(this.#plan, any(test));
  }

  /** Whether a function says yes of all values. */
  all(test: (value: T) => boolean): Promise<boolean> {
    checkFunction("all", "test", test);
    return execute(this.#plan, all(test));
  }

  /** All values as an array, in their order. */
  collect(): Promise<T[]> {
    return execute(this.#plan, collect<T>());
  }

  /** Values of which a function says yes, and the others, each in their order. */
  partition(test: (value: T) => boolean): Promise<[yes: T[], no: T[]]> {
    checkFunction("partition", "test", test);
    return execute(this.#plan, partition<T>(test));
  }

  /** The first ones of pairs, and the second ones, each in their order. */
  unzip<A, B>(
    this: Consumers<readonly [A, B]>,
  ): Promise<[first: A[], second: B[]]> {
    return execute(this.#plan, unzip<A, B>());
  }

  static {
    planOf = (plan) => plan.#plan;
  }
}
