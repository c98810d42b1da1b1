/**
 * The slots of one value on one thread.
 *
 * @module
 */

import type { MemoryAffinity } from "./affinity.ts";
import type { Lifetime } from "./lifetime.ts";
import type { SharedSlots } from "./shared_slots.ts";
import type { Maker } from "./slot_source.ts";
import type { Strategy } from "./strategy.ts";

/** One value, and how many handles mean it. */
export interface Slot<T> {
  /** The value. */
  readonly value: T;
  /** How many handles mean it. */
  handles: number;
}

/** A value that no handle means yet. */
export function slotOf<T>(value: T): Slot<T> {
  return { value, handles: 0 };
}

/** A value in shared memory that was there before the others of its place came. */
export interface CommonValue {
  /** Its index. */
  readonly index: number;
  /** The operating system's id of its node, where that matters. */
  readonly nodeId: number | undefined;
  /** The value. */
  readonly value: unknown;
}

/** The values of one place each, and the one of nobody knows where. */
export class SlotTable<T> {
  /** Which slot belongs to an affinity. */
  readonly strategy: Strategy;
  /** Makes values. */
  readonly maker: Maker<T>;
  /** Its name on all threads, once it was sent. */
  lifetime: Lifetime | undefined;
  /** The values that the threads of a node share, since they live in shared memory. */
  shared: SharedSlots | undefined;
  /** A value that all threads of its place share, since it lives in shared memory. */
  common: CommonValue | undefined;
  /** By their indices, from that of nobody knows where on: -1. */
  readonly #slots: (Slot<T> | undefined)[] = [undefined];
  readonly #underWay = new Set<number>();
  #source: MemoryAffinity;
  #handles = 0;

  /**
   * No values yet but those that are given.
   *
   * @param source Where that lives of which values are made, where known.
   */
  constructor(strategy: Strategy, maker: Maker<T>, source: MemoryAffinity) {
    this.strategy = strategy;
    this.maker = maker;
    this.#source = source;
    for (const [index, value] of (maker.given ?? []).entries()) {
      if (value !== undefined) this.put(index, slotOf(value));
    }
  }

  /** The slot of an index; undefined if it is empty. */
  at(index: number): Slot<T> | undefined {
    return this.#slots[index + 1];
  }

  /** Fills a slot. */
  put(index: number, slot: Slot<T>): Slot<T> {
    while (this.#slots.length <= index + 1) this.#slots.push(undefined);
    return this.#slots[index + 1] = slot;
  }

  /** Notes from where handles are moved: the first time, values were made there. */
  movedFrom(source: MemoryAffinity): void {
    if (this.#source === "unknown") this.#source = source;
  }

  /** A handle means a value from now on. */
  hold(slot: Slot<T>): Slot<T> {
    slot.handles++;
    if (this.#handles++ === 0) this.lifetime?.setUsed(true);
    return slot;
  }

  /** A handle means nothing any more. */
  letGo(slot: Slot<T>): void {
    slot.handles--;
    if (--this.#handles === 0) this.lifetime?.setUsed(false);
  }

  /** A new value for some place, made as the source says. */
  make(destination: MemoryAffinity): T {
    return this.maker.make(this.#source, destination);
  }

  /**
   * Fills an empty slot with a new value.
   *
   * @throws {Error} If the value is being made: it needs itself.
   * @throws What makes it throws; the slot stays empty then.
   */
  fill(index: number, make: () => T): Slot<T> {
    if (this.#underWay.has(index)) {
      throw new Error(
        `Cannot make value ${index} of ${this.strategy.name} as it is being made: what makes it needs the value itself`,
      );
    }
    this.#underWay.add(index);
    try {
      return this.put(index, slotOf(make()));
    } finally {
      this.#underWay.delete(index);
    }
  }
}
