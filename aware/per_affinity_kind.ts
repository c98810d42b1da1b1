/**
 * How values travel of which there is one for each place.
 *
 * @module
 */

import { KIND, registerPortable } from "../codec/portable_kind.ts";
import { sentFields } from "../codec/sent_fields.ts";
import { OnceCell } from "../sync/value/once_cell.ts";
import { refusedWithout } from "./kept_kind.ts";
import { areLifetimeParts } from "./lifetime.ts";
import { PerAffinity, Standing, standingOf } from "./per_affinity.ts";
import type { SharedSlotsParts } from "./shared_slots.ts";
import type { SlotSource } from "./slot_source.ts";
import type { CommonValue } from "./slot_table.ts";
import type { Strategy } from "./strategy.ts";
import { corrupt, TableArrival } from "./table_arrival.ts";
import { depart, type SentTable } from "./table_departure.ts";

/** Makes a handle. */
type HandleClass = new (
  standing: Standing<unknown>,
) => PerAffinity<unknown>;

interface Known {
  readonly strategy: Strategy;
  readonly handle: HandleClass;
}

/** By the numbers of their strategies. */
const CLASSES: Known[] = [];

/** Registers a class of handles, so that these can be sent, and arrive. */
export function registerHandles(
  strategy: Strategy,
  handle: new (source: SlotSource<unknown>) => PerAffinity<unknown>,
): void {
  CLASSES[strategy.number] = {
    strategy,
    handle: handle as unknown as HandleClass,
  };
}

/** What is sent instead of a handle. */
interface Sent extends SentTable {
  /** The number of the strategy. */
  readonly strategy: number;
}

registerPortable<PerAffinity<unknown>, Sent>({
  number: KIND.PER_AFFINITY,
  is: (value): value is PerAffinity<unknown> => value instanceof PerAffinity,
  refuse: (handle, out) => {
    const standing = standingOf(handle);
    const { name } = handle.constructor;
    if (standing === undefined) return `is a ${name} that was disposed`;
    return refusedWithout(name, out);
  },
  encode: (handle, out) => {
    const { table, slot } = standingOf(handle)!;
    out.tellSource();
    return { strategy: table.strategy.number, ...depart(table, slot, out) };
  },
  decode: (data, from) => {
    const sent = checked(data);
    const { strategy, handle } = CLASSES[sent.strategy]!;
    const arrival = new TableArrival(sent, from);
    const table = arrival.table(strategy);
    return new handle(new Standing(table, arrival.slot(table)));
  },
});

function checked(sent: unknown): Sent {
  const { strategy, lifetime, at, common, shared } = sentFields<Sent>(sent);
  if (typeof strategy !== "number" || CLASSES[strategy] === undefined) {
    throw corrupt(`its class is unknown: received ${typeof strategy}`);
  }
  if (!areLifetimeParts(lifetime)) throw corrupt("its name is none");
  if (at !== undefined && !Number.isInteger(at)) {
    throw corrupt("it has no slot");
  }
  if (common !== undefined && !isCommon(common)) {
    throw corrupt("its value is none");
  }
  if (shared !== undefined && !areParts(shared)) {
    throw corrupt("what threads share of it is incomplete");
  }
  return sent as Sent;
}

function isCommon(common: unknown): boolean {
  return typeof sentFields<CommonValue>(common).index === "number";
}

function areParts(parts: unknown): boolean {
  const { cells, regions, known } = sentFields<SharedSlotsParts>(parts);
  return Array.isArray(cells) && Array.isArray(regions) &&
    Array.isArray(known) && cells.length === regions.length &&
    cells.every((cell) => cell instanceof OnceCell) &&
    [...regions, ...known].every((each) => each instanceof SharedArrayBuffer);
}
