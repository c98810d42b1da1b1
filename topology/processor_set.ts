/**
 * Sets of processors.
 *
 * @module
 */

import { formatCpuList } from "./cpu_list.ts";
import type { NumaNode } from "./hardware.ts";
import { packed, scattered } from "./placement.ts";
import { showAs } from "./inspect.ts";
import type { Processor } from "./processor.ts";

/**
 * An immutable set of processors, in ascending order of their ids. Every
 * method that selects returns a new set.
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
   * A set of the given processors; usually one starts from a set of a
   * {@linkcode Topology} instead.
   */
  constructor(processors: Iterable<Processor>) {
    const sorted = [...processors].sort((a, b) => a.id - b.id);
    this.#processors = new Map(sorted.map((each) => [each.id, each]));
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
   * The first `count` processors.
   *
   * @throws {RangeError} When there are fewer.
   */
  take(count: number): ProcessorSet {
    checkCount(count, this);
    return new ProcessorSet([...this].slice(0, count));
  }

  /** The processors for which `predicate` holds. */
  where(predicate: (processor: Processor) => boolean): ProcessorSet {
    return new ProcessorSet([...this].filter(predicate));
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
    const byNode = Map.groupBy(this, (processor) => processor.node);
    let largest: [NumaNode | undefined, readonly Processor[]] | undefined;
    for (const entry of byNode) {
      const [node, processors] = entry;
      const difference = processors.length - (largest?.[1].length ?? 0);
      const smallerId = (node?.id ?? Infinity) < (largest?.[0]?.id ?? Infinity);
      if (difference > 0 || (difference === 0 && smallerId)) largest = entry;
    }
    return new ProcessorSet(largest?.[1] ?? []);
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
   * `count` processors as far from each other as can be: spread over NUMA
   * nodes first, then packages, dies and cores, so that they share as little as
   * possible.
   *
   * @throws {RangeError} When there are fewer.
   */
  spread(count: number): ProcessorSet {
    checkCount(count, this);
    return new ProcessorSet(scattered([...this]).slice(0, count));
  }

  /**
   * `count` processors as close to each other as can be: in the smallest NUMA
   * node, package and core that hold them, so that they share as much as
   * possible.
   *
   * @throws {RangeError} When there are fewer.
   */
  pack(count: number): ProcessorSet {
    checkCount(count, this);
    return new ProcessorSet(packed([...this], count));
  }

  /** The processors of either set. */
  union(other: ProcessorSet): ProcessorSet {
    return new ProcessorSet([...other, ...this]);
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
}

function idOf(processor: Processor | number): number {
  return typeof processor === "number" ? processor : processor.id;
}

function checkCount(count: number, set: ProcessorSet): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(
      `Cannot take processors as 'count' must be a non-negative integer: received ${count}`,
    );
  }
  if (count > set.size) {
    const present = set.size === 0 ? "it is empty" : `it has ${set}`;
    throw new RangeError(
      `Cannot take ${count} of the ${set.size} processors of a set: ${present}`,
    );
  }
}
