/**
 * What is sent of a table.
 *
 * @module
 */

import { encode } from "../codec/encode.ts";
import { Writer } from "../codec/writer.ts";
import { topology } from "../topology/detect.ts";
import { currentAffinity } from "./current_affinity.ts";
import { giveName, type Lifetime, type LifetimeParts } from "./lifetime.ts";
import { SharedSlots, type SharedSlotsParts } from "./shared_slots.ts";
import { freezeAround, livesInSharedMemory } from "./shared_value.ts";
import type { CommonValue, Slot, SlotTable } from "./slot_table.ts";
import { PER_CORE, PER_NODE, PER_PROCESS } from "./strategy.ts";

type AnyTable = SlotTable<unknown>;

/** What is sent of a table, and of the slot that is meant. */
export interface SentTable {
  /** The name of the table, and whether it is in use. */
  readonly lifetime: LifetimeParts;
  /** Makes values. */
  readonly maker: unknown;
  /** The slot that is meant, if all slots were given. */
  readonly at: number | undefined;
  /** A value that is there already, and that all threads of its place share. */
  readonly common: CommonValue | undefined;
  /** The values that the threads of each node are to share, if they are. */
  readonly shared: SharedSlotsParts | undefined;
}

/**
 * Makes a table ready to be sent.
 *
 * @throws {TypeError} If what makes its values is not portable.
 */
export function depart(
  table: AnyTable,
  slot: Slot<unknown>,
  out: Writer,
): SentTable {
  const maker = table.maker.encode(out);
  leave(table, slot);
  const { parts } = table.lifetime ?? prepare(table, slot);
  return {
    lifetime: parts,
    maker,
    at: table.maker.given?.indexOf(slot.value),
    common: table.common,
    shared: table.shared?.parts,
  };
}

/** Whoever comes back here is to find the value. */
function leave(table: AnyTable, slot: Slot<unknown>): void {
  const here = table.strategy.index(currentAffinity());
  if (table.at(here) === undefined) table.put(here, slot);
}

/** The first time: gives the table a name, and sees to what threads share of it. */
function prepare(table: AnyTable, slot: Slot<unknown>): Lifetime {
  const { strategy, maker } = table;
  const isShared = !maker.given && strategy !== PER_CORE &&
    livesInSharedMemory(slot.value);
  if (isShared) {
    table.common = commonHere(table);
    if (strategy === PER_NODE) {
      const { nodes } = topology();
      table.shared = SharedSlots.allocate(nodes.length, buffersIn(table));
    }
  }
  return table.lifetime = giveName(table);
}

/** The value of this thread's place, if it can be shared. */
function commonHere(table: AnyTable): CommonValue | undefined {
  const here = currentAffinity();
  const { strategy } = table;
  const index = strategy.index(here);
  const value = table.at(index)?.value;
  if (index < 0 || !livesInSharedMemory(value)) return undefined;
  freezeAround(value);
  const nodeId = strategy === PER_PROCESS || here === "unknown"
    ? undefined
    : here.nodeId;
  return { index, nodeId, value };
}

/** The memory that what makes the values brings along. */
function buffersIn({ maker }: AnyTable): SharedArrayBuffer[] {
  const out = new Writer(256);
  const buffers: SharedArrayBuffer[] = out.buffers = [];
  encode(out, maker.encode(out), "what makes the values");
  return buffers;
}
