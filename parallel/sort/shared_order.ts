/**
 * The order of values, found by all threads.
 *
 * @module
 */

import { execute } from "../run/execute.ts";
import type { ParallelOptions } from "../run/parallel_options.ts";
import { KeptItems } from "../run/sent_memory.ts";
import { step } from "../sinks/step.ts";
import { RangeNode } from "../sources/range.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import {
  type Compare,
  cutPieces,
  mergePiece,
  piecesOf,
  sortRun,
} from "./merge.ts";
import { ranHere } from "./ran_here.ts";
import { threadsOf } from "./threads.ts";

/** How many runs, and how many pieces of a round, there are for each thread. */
const EACH = 4;

/**
 * The indices of values in their order; equals keep theirs.
 *
 * @param compare A portable function.
 * @throws {TypeError} If a value is not portable.
 * @throws What the comparison throws.
 */
export async function sharedOrder(
  values: readonly unknown[],
  compare: Compare,
  options: ParallelOptions,
): Promise<Uint32Array> {
  const items = new KeptItems(values);
  void items.sent; // What cannot be sent is refused before anything runs.
  const pieces = EACH * threadsOf(options);
  const runs = 2 ** Math.ceil(Math.log2(pieces));
  let order = words(values.length);
  let spare = words(values.length);
  const all = (
    count: number,
    fn: AnyFunction,
    works: readonly unknown[],
  ): Promise<void> => {
    const node = new RangeNode(0, 1, count, { min: 1, max: 1 });
    const plan = { node, options: { ...options, eager: true } };
    return execute(plan, step(fn, [items, compare, ...works]));
  };
  await all(runs, sortRun, [order, runs]);
  const here = ranHere(compare);
  for (let width = 1; width < runs; width *= 2) {
    const cuts = here((compare) =>
      cutPieces([items, compare, order, runs], { width, pieces })
    );
    await all(piecesOf(cuts), mergePiece, [order, spare, cuts]);
    [order, spare] = [spare, order];
  }
  return order;
}

function words(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * length));
}
