/**
 * Orders of processors: far from each other, or close together.
 *
 * @module
 */

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
