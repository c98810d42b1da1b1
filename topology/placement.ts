/**
 * Orders of processors: far from each other, or close together.
 *
 * @module
 */

import type { NumaNode } from "./hardware.ts";
import type { Processor } from "./processor.ts";

/** What processors may share, the widest first. */
const LEVELS: readonly ((processor: Processor) => unknown)[] = [
  (processor) => processor.node,
  (processor) => processor.package,
  (processor) => processor.die,
  (processor) => processor.core ?? processor,
];

/**
 * The processors in such an order that each prefix of it is spread as far as
 * can be: taken in turn from each node, within it from each package, and so
 * on.
 */
export function scattered(
  processors: readonly Processor[],
  level = 0,
): Processor[] {
  const groupOf = LEVELS[level];
  if (groupOf === undefined) return [...processors];
  const groups = [...Map.groupBy(processors, groupOf).values()]
    .map((group) => scattered(group, level + 1));
  const longest = Math.max(0, ...groups.map((group) => group.length));
  const order: Processor[] = [];
  for (let turn = 0; turn < longest; turn++) {
    for (const group of groups) {
      const processor = group[turn];
      if (processor !== undefined) order.push(processor);
    }
  }
  return order;
}

/**
 * `count` of the processors, from as few nodes, packages and cores as can be:
 * the smallest group that holds what is left to choose, or else the largest
 * one as a whole and then on.
 */
export function packed(
  processors: readonly Processor[],
  count: number,
  level = 0,
): Processor[] {
  const groupOf = LEVELS[level];
  if (groupOf === undefined) return processors.slice(0, count);
  const groups = [...Map.groupBy(processors, groupOf).values()]
    .sort((a, b) => b.length - a.length);
  const chosen: Processor[] = [];
  while (chosen.length < count && groups.length > 0) {
    const left = count - chosen.length;
    const fitting = groups.findLast((group) => group.length >= left);
    // Among equals the one with the smallest ids, which sorting has kept first.
    const size = (fitting ?? groups[0]!).length;
    const at = groups.findIndex((group) => group.length === size);
    const [group] = groups.splice(at, 1);
    chosen.push(...packed(group!, Math.min(left, size), level + 1));
  }
  return chosen;
}

/** The processors of the node that has most of them: the one with the smallest id among equals. */
export function largestNode(processors: readonly Processor[]): Processor[] {
  let largest: [NumaNode | undefined, Processor[]] | undefined;
  for (const entry of Map.groupBy(processors, (each) => each.node)) {
    const [node, members] = entry;
    const difference = members.length - (largest?.[1].length ?? 0);
    const smallerId = (node?.id ?? Infinity) < (largest?.[0]?.id ?? Infinity);
    if (difference > 0 || (difference === 0 && smallerId)) largest = entry;
  }
  return largest?.[1] ?? [];
}

/** `count` of the processors, of the largest node first, and so on. */
export function nodeByNode(
  processors: readonly Processor[],
  count: number,
): Processor[] {
  const chosen: Processor[] = [];
  let left = processors;
  while (chosen.length < count && left.length > 0) {
    const members = largestNode(left);
    chosen.push(...members.slice(0, count - chosen.length));
    left = left.filter((each) => !members.includes(each));
  }
  return chosen;
}
