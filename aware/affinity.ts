/**
 * Affinities: where something lives, as dense indices.
 *
 * @module
 */

import { sentFields } from "../codec/sent_fields.ts";

/**
 * One processor and its NUMA node, as indices that run from 0: fit for tables,
 * unlike the ids of the operating system. Frozen, plain and portable.
 *
 * @example The second worker of a runtime
 * ```ts
 * import { manualAffinities } from "@kindred/kindred/aware";
 * import { assertEquals } from "@std/assert";
 *
 * const [, second] = manualAffinities([2, 3]);
 * assertEquals(second, { processor: 1, node: 0, processors: 5, nodes: 2 });
 * ```
 */
export interface PinnedAffinity {
  /** The index of the processor, below {@linkcode PinnedAffinity.processors}. */
  readonly processor: number;
  /** The index of its node, below {@linkcode PinnedAffinity.nodes}. */
  readonly node: number;
  /** How many processors there are. */
  readonly processors: number;
  /** How many nodes there are. */
  readonly nodes: number;
  /** The operating system's id of the processor, where known. */
  readonly processorId?: number;
  /** The operating system's id of the node, where known. */
  readonly nodeId?: number;
}

/** Where something lives: on a processor, or nobody knows. */
export type MemoryAffinity = PinnedAffinity | "unknown";

/** Tables have as many slots as there are processors: more is a mistake. */
const MOST = 65_535;

/**
 * Affinities of processors that need not exist, node by node: for tests, and
 * for whoever places its threads itself.
 *
 * After `pinned_affinities` of Rust's `thread_aware`.
 *
 * @example Two processors on one node, three on another
 * ```ts
 * import { manualAffinities } from "@kindred/kindred/aware";
 * import { assertEquals } from "@std/assert";
 *
 * const affinities = manualAffinities([2, 3]);
 * assertEquals(affinities.map((each) => each.processor), [0, 1, 2, 3, 4]);
 * assertEquals(affinities.map((each) => each.node), [0, 0, 1, 1, 1]);
 * ```
 *
 * @param counts How many processors each node has.
 * @returns One affinity for each processor, in order.
 * @throws {TypeError} If that is not a list.
 * @throws {RangeError} If it is empty, a count is no positive integer, or they come to more than 65,535.
 */
export function manualAffinities(counts: readonly number[]): PinnedAffinity[] {
  if (!Array.isArray(counts)) {
    throw new TypeError(
      `Cannot make affinities as 'counts' must be an array of numbers: received ${
        inWords(counts)
      }`,
    );
  }
  let processors = 0;
  for (const [node, count] of counts.entries()) {
    if (!Number.isInteger(count) || count < 1) {
      throw new RangeError(
        `Cannot make affinities as 'counts[${node}]' must be a positive integer: received ${
          inWords(count)
        }`,
      );
    }
    processors += count;
  }
  if (processors === 0 || processors > MOST) {
    throw new RangeError(
      `Cannot make affinities as 'counts' must come to 1 to ${MOST} processors: received ${processors}`,
    );
  }
  const nodes = counts.length;
  const affinities: PinnedAffinity[] = [];
  for (const [node, count] of counts.entries()) {
    for (let k = 0; k < count; k++) {
      const processor = affinities.length;
      affinities.push(Object.freeze({ processor, node, processors, nodes }));
    }
  }
  return affinities;
}

/**
 * Whether two affinities are the same one. Copies are, as after a call to another
 * thread; the same indices with different ids of the operating system are not.
 *
 * @example Usage
 * ```ts
 * import { manualAffinities, sameAffinity } from "@kindred/kindred/aware";
 * import { assert } from "@std/assert";
 *
 * const [first, second] = manualAffinities([2]);
 * assert(sameAffinity(first!, { ...first! }));
 * assert(!sameAffinity(first!, second!));
 * assert(!sameAffinity(first!, "unknown"));
 * ```
 */
export function sameAffinity(a: MemoryAffinity, b: MemoryAffinity): boolean {
  if (a === b) return true;
  if (a === "unknown" || b === "unknown") return false;
  return a.processor === b.processor && a.node === b.node &&
    a.processors === b.processors && a.nodes === b.nodes &&
    a.processorId === b.processorId && a.nodeId === b.nodeId;
}

/** Whether something that has arrived is an affinity. */
export function isAffinity(value: unknown): value is MemoryAffinity {
  if (value === "unknown") return true;
  const { processor, node, processors, nodes, processorId, nodeId } =
    sentFields<PinnedAffinity>(value);
  return isIndex(processor, processors) && isIndex(node, nodes) &&
    isId(processorId) && isId(nodeId);
}

function isId(id: unknown): boolean {
  return id === undefined || Number.isInteger(id);
}

/**
 * Checks an affinity that a caller gives.
 *
 * @param action What it is needed for, as `"relocate"`.
 * @param name What it is called, as `"destination"`.
 * @throws {TypeError} If it is none.
 * @throws {RangeError} If an index is not below its count.
 */
export function checkAffinity(
  action: string,
  name: string,
  affinity: MemoryAffinity,
): void {
  if (affinity === "unknown") return;
  // Who has no types may give anything.
  const given: unknown = affinity;
  if (typeof given !== "object" || given === null) {
    throw new TypeError(
      `Cannot ${action} as '${name}' must be an affinity or "unknown": received ${
        inWords(given)
      }`,
    );
  }
  const { processor, node, processors, nodes } = affinity;
  checkIndex(action, `${name}.processor`, processor, processors);
  checkIndex(action, `${name}.node`, node, nodes);
}

function checkIndex(
  action: string,
  name: string,
  index: number,
  count: number,
): void {
  if (isIndex(index, count)) return;
  throw new RangeError(
    `Cannot ${action} as '${name}' must be an integer below a count of at most ${MOST}: received ${
      inWords(index)
    } of ${inWords(count)}`,
  );
}

function isIndex(index: unknown, count: unknown): boolean {
  return isInteger(index) && isInteger(count) && index >= 0 && index < count &&
    count <= MOST;
}

function isInteger(value: unknown): value is number {
  return Number.isInteger(value);
}

function inWords(value: unknown): string {
  if (typeof value === "string") return `"${value}"`;
  return typeof value === "object" && value !== null
    ? "an object"
    : String(value);
}
