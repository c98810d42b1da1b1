/**
 * What becomes of a table that was sent.
 *
 * @module
 */

import { CorruptFrameError, type Reader } from "../codec/reader.ts";
import { whileReading } from "../codec/reading.ts";
import type { MemoryAffinity } from "./affinity.ts";
import { currentAffinity } from "./current_affinity.ts";
import { keepArrived, valueNamed } from "./lifetime.ts";
import { SharedSlots } from "./shared_slots.ts";
import { freezeAround } from "./shared_value.ts";
import { decodeMaker, type Maker } from "./slot_source.ts";
import { type Slot, slotOf, SlotTable } from "./slot_table.ts";
import { PER_PROCESS, type Strategy } from "./strategy.ts";
import type { SentTable } from "./table_departure.ts";

type AnyTable = SlotTable<unknown>;

/** One arrival of a table. */
export class TableArrival {
  readonly #sent: SentTable;
  readonly #from: Reader;
  readonly #here: MemoryAffinity = currentAffinity();
  #made: Maker<unknown> | undefined;

  /** Begins. */
  constructor(sent: SentTable, from: Reader) {
    this.#sent = sent;
    this.#from = from;
  }

  /** The table: the one that is here already, or a new one. */
  table(strategy: Strategy): AnyTable {
    const { lifetime, common, shared } = this.#sent;
    const there = valueNamed(lifetime.id);
    if (there instanceof SlotTable && there.strategy === strategy) return there;
    if (there !== undefined) {
      throw corrupt("its name is that of something else");
    }
    // What values are made of was told that it is here.
    const table: AnyTable = new SlotTable(strategy, this.#maker, this.#here);
    table.common = common;
    if (shared !== undefined) table.shared = new SharedSlots(shared);
    table.lifetime = keepArrived(table, lifetime);
    return table;
  }

  /** The slot of this thread's place, which is filled if it is empty. */
  slot(table: AnyTable): Slot<unknown> {
    const index = table.strategy.index(this.#here);
    return table.at(index) ?? this.#fill(table, index);
  }

  /** Also where the table is known: what makes values here is to be what was sent. */
  get #maker(): Maker<unknown> {
    return this.#made ??= decodeMaker(this.#sent.maker, this.#from);
  }

  #fill(table: AnyTable, index: number): Slot<unknown> {
    const { at } = this.#sent;
    const here = this.#here;
    if (at !== undefined) return table.put(index, given(table, at));
    if (table.maker.given !== undefined) throw corrupt("it has no slot");
    const { common, shared } = table;
    if (common !== undefined && this.#isHere(table, index)) {
      freezeAround(common.value);
      return table.put(index, slotOf(common.value));
    }
    const maker = this.#maker;
    const make = () => whileReading(() => maker.make(here, here));
    return table.fill(
      index,
      shared?.has(index) ? () => shared.take(index, here, make) : make,
    );
  }

  /** Whether the value is that of this place. */
  #isHere({ common, strategy }: AnyTable, index: number): boolean {
    if (common?.index !== index) return false;
    const here = this.#here;
    return strategy === PER_PROCESS ||
      (here !== "unknown" && here.nodeId === common.nodeId);
  }
}

function given(table: AnyTable, index: number): Slot<unknown> {
  const slot = table.at(index);
  if (slot !== undefined) return slot;
  throw corrupt(`slot ${index} is empty`);
}

/** What is thrown for a frame that no encoder has written. */
export function corrupt(why: string): CorruptFrameError {
  return new CorruptFrameError(`Cannot decode value of places as ${why}`);
}
