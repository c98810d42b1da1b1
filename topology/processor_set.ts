/**
 * Sets of processors.
 *
 * @module
 */

import { formatCpuList } from "./cpu_list.ts";
import { largestNode, nodeByNode, packed, scattered } from "./placement.ts";
import { showAs } from "./inspect.ts";
import type { Processor } from "./processor.ts";

/** Options of {@linkcode ProcessorSet}. */
export interface ProcessorSetOptions {
  /** How many processors may be taken out of the set at once. Default: all. */
  readonly limit?: number;
}

/**
 * An immutable set of processors, in ascending order of their ids. Every
 * method that selects returns a new set. A set is a snapshot: it does not
 * change when a processor is switched or a limit moves; read the topology
 * again for that, as `topology({ refresh: true })` does.
 *
 * Some methods keep what fits ({@linkcode ProcessorSet.where},
 * {@linkcode ProcessorSet.performance}, {@linkcode ProcessorSet.sameNode} and
 * so on), others take some of it ({@linkcode ProcessorSet.take},
 * {@linkcode ProcessorSet.spread}, {@linkcode ProcessorSet.pack} and so on):
 * filter first, then take. What is taken stays within the quota of the control
 * group where the set comes from {@linkcode Topology.allowed}: more processors
 * than the quota feeds would only be stopped in turn.
 *
 * @example One processor on each of four performance cores of one node
 * ```ts
 * import { Topology } from "@kindred/kindred/topology";
 * import { assertEquals } from "@std/assert";
 *
 * const machine = Topology.fake({ nodes: [4, 8], smt: 2 });
 * const chosen = machine.allowed.sameNode().performance().onePerCore().take(4);
 * assertEquals(`${chosen}`, "8,10,12,14");
 * ```
 */
export class ProcessorSet implements Iterable<Processor> {
  static {
    showAs(this.prototype, (set) => `ProcessorSet(${set.size}) ${set}`.trim());
  }

  readonly #processors: ReadonlyMap<number, Processor>;

  /**
   * How many processors may be taken out of the set at once: as many as the
   * quota of the control group feeds, at least 1, or Infinity.
   */
  readonly limit: number;

  /**
   * A set of the given processors; usually one starts from a set of a
   * {@linkcode Topology} instead.
   *
   * @throws {RangeError} When the limit is neither a positive integer nor Infinity.
   */
  constructor(
    processors: Iterable<Processor>,
    options: ProcessorSetOptions = {},
  ) {
    const { limit = Infinity } = options;
    if (limit !== Infinity && !(Number.isInteger(limit) && limit >= 1)) {
      throw new RangeError(
        `Cannot make set of processors as 'limit' must be a positive integer: received ${limit}`,
      );
    }
    const sorted = [...processors].sort((a, b) => a.id - b.id);
    this.#processors = new Map(sorted.map((each) => [each.id, each]));
    this.limit = limit;
  }

  /** How many processors there are in the set. */
  get size(): number {
    return this.#processors.size;
  }

  /** The ids of the processors, ascending. */
  get ids(): number[] {
    return [...this.#processors.keys()];
  }

  /** The processor with the smallest id; `undefined` for an empty set. */
  get first(): Processor | undefined {
    return this.#processors.values().next().value;
  }

  /** Whether a processor, or the one with this id, is in the set. */
  has(processor: Processor | number): boolean {
    return this.#processors.has(idOf(processor));
  }

  /** The processor with this id, if it is in the set. */
  get(id: number): Processor | undefined {
    return this.#processors.get(id);
  }

  /** The processors, in ascending order of their ids. */
  [Symbol.iterator](): IterableIterator<Processor> {
    return this.#processors.values();
  }

  /**
   * The first processors: as many as asked for, but no more than there are
   * and than the quota feeds.
   *
   * @param count How many at most; default: as many as can be had.
   * @throws {RangeError} When the count is no non-negative integer.
   */
  take(count: number = Infinity): ProcessorSet {
    return this.#with([...this].slice(0, this.#checked(count)));
  }

  /**
   * The first `count` processors, exactly.
   *
   * @throws {RangeError} When there are fewer, or the quota feeds fewer.
   */
  takeExact(count: number): ProcessorSet {
    const taken = this.take(count);
    if (taken.size === count) return taken;
    const reason = this.size < count
      ? this.size === 0 ? "it is empty" : `it has ${this}`
      : `the quota feeds ${this.limit}: see beyondQuota()`;
    throw new RangeError(
      `Cannot take ${count} of the ${this.size} processors of a set: ${reason}`,
    );
  }

  /** The same processors, of which more can be taken than the quota feeds. */
  beyondQuota(): ProcessorSet {
    return new ProcessorSet(this);
  }

  /** The processors for which `predicate` holds. */
  where(predicate: (processor: Processor) => boolean): ProcessorSet {
    return this.#with([...this].filter(predicate));
  }

  /**
   * One processor of each core: the one with the smallest id. Where cores are
   * unknown, each processor counts as one.
   */
  onePerCore(): ProcessorSet {
    const seen = new Set<unknown>();
    return this.where((processor) => {
      const core = processor.core ?? processor;
      if (seen.has(core)) return false;
      seen.add(core);
      return true;
    });
  }

  /**
   * The processors of a single NUMA node: the one that has most of the set,
   * or the one with the smallest id among equals.
   */
  sameNode(): ProcessorSet {
    return this.#with(largestNode([...this]));
  }

  /**
   * One processor of each NUMA node: the one with the smallest id. Where nodes
   * are unknown, all processors count as one node's.
   */
  differentNodes(): ProcessorSet {
    const byNode = Map.groupBy(this, (processor) => processor.node);
    return this.#with([...byNode.values()].map(([first]) => first!));
  }

  /**
   * The processors of the machine's fastest efficiency class: all of them
   * where the machine has only one.
   */
  performance(): ProcessorSet {
    return this.where((processor) => processor.performance);
  }

  /**
   * The processors of the machine's slower efficiency classes: none where the
   * machine has only one class.
   */
  efficiency(): ProcessorSet {
    return this.where((processor) =>
      processor.class !== undefined && !processor.performance
    );
  }

  /**
   * Processors of one NUMA node if it has that many, or else of as few nodes as
   * can be.
   *
   * @param count How many at most; default: as many as can be had.
   * @throws {RangeError} When the count is no non-negative integer.
   */
  preferSame(count: number = Infinity): ProcessorSet {
    return this.#with(nodeByNode([...this], this.#checked(count)));
  }

  /**
   * Processors as far from each other as can be: spread over NUMA nodes first,
   * then packages, dies and cores, so that they share as little as possible.
   *
   * @param count How many at most; default: as many as can be had.
   * @throws {RangeError} When the count is no non-negative integer.
   */
  spread(count: number = Infinity): ProcessorSet {
    return this.#with(scattered([...this]).slice(0, this.#checked(count)));
  }

  /**
   * Processors as close to each other as can be: in the smallest NUMA node,
   * package and core that hold them, so that they share as much as possible.
   *
   * @param count How many at most; default: as many as can be had.
   * @throws {RangeError} When the count is no non-negative integer.
   */
  pack(count: number = Infinity): ProcessorSet {
    return this.#with(packed([...this], this.#checked(count)));
  }

  /** The processors of either set. */
  union(other: ProcessorSet): ProcessorSet {
    return this.#with([...other, ...this]);
  }

  /** The processors of both sets. */
  intersect(other: ProcessorSet): ProcessorSet {
    return this.where((processor) => other.has(processor));
  }

  /** The processors that are not among the given ones. */
  except(
    others: ProcessorSet | Processor | Iterable<Processor | number>,
  ): ProcessorSet {
    const listed = Symbol.iterator in others ? [...others] : [others];
    const ids = new Set(listed.map(idOf));
    return this.where((processor) => !ids.has(processor.id));
  }

  /** Whether two sets have the same processors. */
  equals(other: ProcessorSet): boolean {
    return this.size === other.size && this.ids.every((id) => other.has(id));
  }

  /** The ids as a kernel list, as in `0-3,8`. */
  toString(): string {
    return formatCpuList(this.ids);
  }

  /** The ids as a kernel list, for `JSON.stringify`. */
  toJSON(): string {
    return this.toString();
  }

  /** How many to take: what is asked for, as far as it can be had. */
  #checked(count: number): number {
    if (count !== Infinity && !(Number.isInteger(count) && count >= 0)) {
      throw new RangeError(
        `Cannot take processors as 'count' must be a non-negative integer: received ${count}`,
      );
    }
    return Math.min(count, this.size, this.limit);
  }

  /** Other processors under the same limit. */
  #with(processors: Iterable<Processor>): ProcessorSet {
    return new ProcessorSet(processors, { limit: this.limit });
  }
}

function idOf(processor: Processor | number): number {
  return typeof processor === "number" ? processor : processor.id;
}
