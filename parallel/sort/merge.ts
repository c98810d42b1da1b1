/**
 * Sorting the indices of values in steps that all threads share: each of several runs is
 * sorted by itself; then neighbours are merged, in rounds, until there is one run.
 *
 * The values stay where they are. What is cut for a merge is cut by one thread, and each
 * cut lies behind the one before it: so each index goes to exactly one place, whatever a
 * comparison says.
 *
 * @module
 */

import { portable } from "../../workers/functions/portable.ts";
import type { Items } from "../sources/items.ts";

/** As for `sort()`: negative if the first one comes first, positive if it comes last. */
// What is compared only the caller knows.
// deno-lint-ignore no-explicit-any
export type Compare = (a: any, b: any) => number;

/** What a run is sorted with. */
export type RunWork = readonly [
  items: Items,
  compare: Compare,
  order: Uint32Array,
  runs: number,
];

/** What a piece is merged with. */
export type PieceWork = readonly [
  items: Items,
  compare: Compare,
  order: Uint32Array,
  /** Where it goes. */
  merged: Uint32Array,
  cuts: Uint32Array,
];

/** The words of a piece: its part of each of the two runs, and where it goes. */
const PIECE = 5;

/** Where a run begins. */
function startOf(run: number, runs: number, length: number): number {
  return Math.floor(run * length / runs);
}

/** Sorts the indices of a run; equals keep their order. */
export const sortRun: (run: number, work: RunWork) => void = portable(
  import.meta.url,
  function sortRun(run: number, work: RunWork): void {
    const [items, compare, order, runs] = work;
    const from = startOf(run, runs, order.length);
    const to = startOf(run + 1, runs, order.length);
    const values: unknown[] = [];
    for (let k = from; k < to; k++) values.push(items.at(k));
    const sorted = sortedIndices(values, compare);
    for (let k = from; k < to; k++) order[k] = from + sorted[k - from]!;
  },
);

/** The indices of values in the order of these; equals keep their order. */
export function sortedIndices(
  values: readonly unknown[],
  compare: Compare,
): number[] {
  return values.map((_, k) => k).sort((a, b) => compare(values[a], values[b]));
}

/**
 * Cuts two runs each into pieces that can be merged by themselves.
 *
 * @param width How many runs were merged to one before.
 * @param pieces How many pieces there are to be, at least.
 */
export function cutPieces(
  [items, compare, order, runs]: RunWork,
  { width, pieces }: { width: number; pieces: number },
): Uint32Array {
  const each = Math.ceil(pieces * 2 * width / runs);
  const words: number[] = [];
  for (let run = 0; run < runs; run += 2 * width) {
    const from = startOf(run, runs, order.length);
    const middle = startOf(run + width, runs, order.length);
    const to = startOf(run + 2 * width, runs, order.length);
    let [a, b] = [from, middle];
    for (let piece = 1; piece <= each; piece++) {
      // So many of both come before the cut.
      const before = Math.floor(piece * (to - from) / each);
      let least = Math.max(a, before - (to - middle) + from);
      let most = Math.min(middle, before - (b - middle) + from);
      while (least < most) {
        const at = (least + most) >>> 1;
        const other = middle + before - (at - from) - 1;
        const isFirst =
          !(compare(items.at(order[other]!), items.at(order[at]!)) < 0);
        if (isFirst) least = at + 1;
        else most = at;
      }
      const end = middle + before - (least - from);
      words.push(a, least, b, end, a + b - middle);
      [a, b] = [least, end];
    }
  }
  const cuts = new Uint32Array(new SharedArrayBuffer(4 * words.length));
  cuts.set(words);
  return cuts;
}

/** How many pieces were cut. */
export function piecesOf(cuts: Uint32Array): number {
  return cuts.length / PIECE;
}

/** Merges a piece; of equals those of the first run come first. */
export const mergePiece: (piece: number, work: PieceWork) => void = portable(
  import.meta.url,
  function mergePiece(piece: number, work: PieceWork): void {
    const [items, compare, order, merged, cuts] = work;
    const words = cuts.subarray(PIECE * piece, PIECE * (piece + 1));
    let [a, endA, b, endB, at] = words as unknown as [
      number,
      number,
      number,
      number,
      number,
    ];
    if (a < endA && b < endB) {
      let first = items.at(order[a]!);
      let second = items.at(order[b]!);
      for (;;) {
        if (compare(second, first) < 0) {
          merged[at++] = order[b++]!;
          if (b === endB) break;
          second = items.at(order[b]!);
        } else {
          merged[at++] = order[a++]!;
          if (a === endA) break;
          first = items.at(order[a]!);
        }
      }
    }
    while (a < endA) merged[at++] = order[a++]!;
    while (b < endB) merged[at++] = order[b++]!;
  },
);
