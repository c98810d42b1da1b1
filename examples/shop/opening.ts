/**
 * What a shop is opened with: its families begin with it.
 *
 * @module
 */

import type { PlacedDesync } from "../../mod.ts";
import type { Limit } from "../token_budget.ts";
import type { OfficeLines } from "./head_office.ts";
import type { Ledger } from "./ledger.ts";

/** What a shop is opened with. */
export interface Opening {
  /** The file of the database. */
  readonly path: string;
  /** Where orders are written. */
  readonly ledger: PlacedDesync<Ledger>;
  /** How much all customers may ask for together. */
  readonly limit: Limit;
  /** How long a picture may take, in ms. */
  readonly deadline: number;
  /** How workers ask the thread that opens the shop. */
  readonly lines: OfficeLines;
}

let current: Opening | undefined;

/** Makes the families of a shop, on the thread that opens it. */
export function openWith<R>(opening: Opening, make: () => R): R {
  current = opening;
  try {
    return make();
  } finally {
    current = undefined;
  }
}

/**
 * What the shop is opened with whose families are made at the moment.
 *
 * @throws {Error} If none is.
 */
export function opening(): Opening {
  if (current !== undefined) return current;
  throw new Error(
    "Cannot make a family of the shop by itself as it needs a database: use Shop.open()",
  );
}
