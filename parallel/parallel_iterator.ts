/**
 * Values that are computed in parallel.
 *
 * @module
 */

import { chain } from "./adaptors/chain.ts";
import { filter } from "./adaptors/filter.ts";
import { filterMap } from "./adaptors/filter_map.ts";
import { flatMap } from "./adaptors/flat_map.ts";
import { fold } from "./adaptors/fold.ts";
import { inspect } from "./adaptors/inspect.ts";
import { map } from "./adaptors/map.ts";
import { mapInit } from "./adaptors/map_init.ts";
import { checkFunction } from "./checks.ts";
import { Consumers, planOf } from "./consumers.ts";
import { IndexedNode, type Node } from "./plan/node.ts";
import type { Plan } from "./plan/plan.ts";

/**
 * A plan of what is computed: nothing of it runs before one of the methods that give
 * a promise is called, and then all of it is one loop, on as many threads as it is
 * worth.
 *
 * After `ParallelIterator` of rayon
 * (https://docs.rs/rayon/latest/rayon/iter/trait.ParallelIterator.html).
 *
 * @example Usage
 * ```ts
 * import { par } from "@kindred/kindred/parallel";
 * import { assertEquals } from "@std/assert";
 *
 * const squares = par([1, 2, 3, 4]).map((n) => n * n).filter((n) => n > 4);
 * assertEquals(await squares.collect(), [9, 16]);
 * assertEquals(await squares.sum(), 25);
 * ```
 *
 * @typeParam T The values.
 */
export class ParallelIterator<T> extends Consumers<T> {
  /** The same plan with one more step. */
  #next<U>(step: (former: Node) => Node): ParallelIterator<U> {
    const { node, options } = planOf(this);
    return iteratorOf({ node: step(node), options });
  }

  /** What a function makes of each value. */
  map<U>(fn: (value: T) => U): ParallelIterator<U> {
    checkFunction("map", "fn", fn);
    return this.#next((former) => map(former, fn));
  }

  /**
   * What a function makes of each value and of something that is made once for many:
   * a buffer, say, or a parser.
   *
   * @param init Makes it: once for each part of the values that a thread takes.
   */
  mapInit<S, U>(
    init: () => S,
    fn: (made: S, value: T) => U,
  ): ParallelIterator<U> {
    checkFunction("mapInit", "init", init);
    checkFunction("mapInit", "fn", fn);
    return this.#next((former) => mapInit(former, init, fn));
  }

  /** The same values; a function has a look at each of them. */
  inspect(fn: (value: T) => void): ParallelIterator<T> {
    checkFunction("inspect", "fn", fn);
    return this.#next((former) => inspect(former, fn));
  }

  /** The values of which a function says yes. */
  filter<U extends T>(test: (value: T) => value is U): ParallelIterator<U>;
  /** The values of which a function says yes. */
  filter(test: (value: T) => boolean): ParallelIterator<T>;
  filter(test: (value: T) => boolean): ParallelIterator<T> {
    checkFunction("filter", "test", test);
    return this.#next((former) => filter(former, test));
  }

  /** What a function makes of each value, but for `undefined`. */
  filterMap<U>(
    fn: (value: T) => U | undefined,
  ): ParallelIterator<Exclude<U, undefined>> {
    checkFunction("filterMap", "fn", fn);
    return this.#next((former) => filterMap(former, fn));
  }

  /** All values of the iterables that a function makes of each value. */
  flatMap<U>(fn: (value: T) => Iterable<U>): ParallelIterator<U> {
    checkFunction("flatMap", "fn", fn);
    return this.#next((former) => flatMap(former, fn));
  }

  /**
   * Joins values that stand next to each other, beginning anew with each part of the
   * values that a thread takes. How many results there are depends on the run: join
   * those, with {@linkcode reduce} say.
   *
   * @param init Makes what it begins with.
   */
  fold<A>(init: () => A, fn: (folded: A, value: T) => A): ParallelIterator<A> {
    checkFunction("fold", "init", init);
    checkFunction("fold", "fn", fn);
    return this.#next((former) => fold(former, init, fn));
  }

  /** These values, then those of another plan; options are those of this one. */
  chain<U>(other: ParallelIterator<U>): ParallelIterator<T | U> {
    const { node } = checkedPlan("chain", other);
    return this.#next((former) => chain(former, node));
  }
}

/** An iterator of the class that suits a plan. */
let iteratorOf = <T>(plan: Plan): ParallelIterator<T> =>
  new ParallelIterator(plan);

/** Has plans whose values have indices get a class of their own. */
export function whereIndexed(
  make: <T>(plan: Plan<IndexedNode>) => ParallelIterator<T>,
): void {
  iteratorOf = (plan) =>
    plan.node instanceof IndexedNode
      ? make(plan as Plan<IndexedNode>)
      : new ParallelIterator(plan);
}

/**
 * What a method was given as another plan.
 *
 * @throws {TypeError} If it is none.
 */
export function checkedPlan(
  method: string,
  other: ParallelIterator<unknown>,
): Plan {
  if (other instanceof ParallelIterator) return planOf(other);
  throw new TypeError(
    `Cannot call ${method}() as 'other' must be made by par(): received ${
      other === null ? "null" : typeof other
    }`,
  );
}
