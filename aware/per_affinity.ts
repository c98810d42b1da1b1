/**
 * Values of which there is one for each place.
 *
 * @module
 */

import type { Sendable } from "../codec/portable.ts";
import { checkAffinity, type MemoryAffinity } from "./affinity.ts";
import { makerOf, type SlotSource } from "./slot_source.ts";
import { type Slot, slotOf, SlotTable } from "./slot_table.ts";
import type { Strategy } from "./strategy.ts";
import type { ThreadAware } from "./thread_aware.ts";

/** What a handle is made of that means a slot which is there: given as its source. */
export class Standing<T> {
  /** The slots. */
  readonly table: SlotTable<T>;
  /** The one that is meant. */
  readonly slot: Slot<T>;

  /** Both. */
  constructor(table: SlotTable<T>, slot: Slot<T>) {
    this.table = table;
    this.slot = slot;
  }
}

/** What a handle means; undefined once it was disposed. */
export let standingOf: (
  handle: PerAffinity<unknown>,
) => Standing<unknown> | undefined;

/**
 * A handle of a value of which there is one for each place: {@linkcode PerCore},
 * {@linkcode PerNode}, {@linkcode PerProcess}. It means one of these values, and another
 * one once it was told that it lives elsewhere.
 *
 * @typeParam T The type of the values.
 */
export abstract class PerAffinity<T>
  implements Disposable, Sendable, ThreadAware {
  static {
    standingOf = (handle) =>
      handle.#slot && new Standing(handle.#table, handle.#slot);
  }

  /** Never there at run time. */
  declare readonly "~sendable": true;
  readonly #table: SlotTable<T>;
  #slot: Slot<T> | undefined;

  /** Makes the first value, unless the source gives it. */
  constructor(strategy: Strategy, source: SlotSource<T>) {
    const given: unknown = source;
    if (given instanceof Standing) {
      this.#table = given.table;
      this.#slot = this.#table.hold(given.slot);
      return;
    }
    const maker = makerOf(strategy.name, source);
    const table = this.#table = new SlotTable(strategy, maker, "unknown");
    this.#slot = table.hold(
      "slots" in source ? givenAt(table, source.at) : first(table),
    );
  }

  /**
   * The value that this handle means.
   *
   * @throws {TypeError} If the handle was disposed.
   */
  get value(): T {
    return this.#held("read value").value;
  }

  /**
   * How many handles mean the same value on this thread: those that were neither
   * disposed nor moved elsewhere.
   *
   * @throws {TypeError} If the handle was disposed.
   */
  get count(): number {
    return this.#held("count").handles;
  }

  /**
   * Another handle of the same value.
   *
   * @throws {TypeError} If the handle was disposed.
   */
  clone(): this {
    const slot = this.#held("clone");
    const handle = this.constructor as new (standing: Standing<T>) => this;
    return new handle(new Standing(this.#table, slot));
  }

  /**
   * Has this handle mean the value of another place: the one that is there already, or
   * a new one. The value that it meant stays, for who comes back and for other handles.
   *
   * @param source Where the handle was.
   * @param destination Where it is: if nobody knows, it means what it meant.
   * @returns The handle itself.
   * @throws {TypeError} If the handle was disposed, or an affinity is none.
   * @throws {RangeError} If an affinity has an index that is too large.
   * @throws What makes the value throws; the handle means what it meant then.
   */
  relocated(source: MemoryAffinity, destination: MemoryAffinity): this {
    const former = this.#slot;
    const table = this.#table;
    if (former !== undefined && isPlace(destination)) {
      const slot = table.at(table.strategy.index(destination));
      if (slot !== undefined) {
        if (slot !== former) this.#mean(slot, former);
        return this;
      }
    }
    return this.#moved(source, destination);
  }

  /** Lets go of the value. Others keep theirs; to do it again does nothing. */
  [Symbol.dispose](): void {
    const slot = this.#slot;
    if (slot === undefined) return;
    this.#slot = undefined;
    this.#table.letGo(slot);
  }

  /** The value, where a number or a text is needed: handles compare as their values do. */
  [Symbol.toPrimitive](hint: string): unknown {
    const { value } = this;
    if (hint === "string") return String(value);
    const plain = (value as object | null | undefined)?.valueOf();
    return typeof plain === "object" || typeof plain === "function"
      ? String(plain)
      : plain;
  }

  /** The value. */
  toJSON(): T {
    return this.value;
  }

  #mean(slot: Slot<T>, former: Slot<T>): void {
    this.#slot = slot;
    slot.handles++;
    former.handles--;
  }

  #moved(source: MemoryAffinity, destination: MemoryAffinity): this {
    const former = this.#held("relocate");
    checkAffinity("relocate", "source", source);
    checkAffinity("relocate", "destination", destination);
    const table = this.#table;
    const { strategy, maker } = table;
    const to = strategy.index(destination);
    if (to < 0) return this;
    table.movedFrom(source);
    const from = strategy.index(source);
    if (from === to || maker.given !== undefined) {
      // It is there already, or is to be the same everywhere.
      table.put(to, former);
      return this;
    }
    const slot = table.fill(to, () => table.make(destination));
    if (from >= 0 && table.at(from) === undefined) table.put(from, former);
    this.#mean(slot, former);
    return this;
  }

  #held(action: string): Slot<T> {
    if (this.#slot !== undefined) return this.#slot;
    throw new TypeError(
      `Cannot ${action} as this ${this.#table.strategy.name} was disposed`,
    );
  }
}

function isPlace(affinity: MemoryAffinity): boolean {
  return typeof affinity === "object" && affinity !== null;
}

/** The first value, in its slot if it has one wherever it is. */
function first<T>(table: SlotTable<T>): Slot<T> {
  const slot = slotOf(table.maker.first());
  const index = table.strategy.index("unknown");
  return index < 0 ? slot : table.put(index, slot);
}

function givenAt<T>(table: SlotTable<T>, at: MemoryAffinity): Slot<T> {
  const { name } = table.strategy;
  checkAffinity(`make ${name}`, "at", at);
  const index = table.strategy.index(at);
  const slot = index < 0 ? undefined : table.at(index);
  if (slot !== undefined) return slot;
  throw new RangeError(
    `Cannot make ${name} as its slot is empty: received ${
      index < 0 ? '"unknown"' : `slot ${index}`
    }`,
  );
}
