/**
 * The ledger: orders are written by one worker, in the order in which all workers have
 * asked for them. It is the data of a `Desync`, and these are its jobs.
 *
 * @module
 */

import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  Desync,
  type PlacedDesync,
  portable,
  type Reference,
  type Runtime,
} from "../../mod.ts";
import { openToWrite } from "./database.ts";

/** What a customer wants. */
export interface Wish {
  readonly print: number;
  readonly quantity: number;
  readonly customer: number;
}

/** What comes of it. */
export type Receipt =
  | { readonly state: "placed"; readonly order: number; readonly left: number }
  | { readonly state: "sold out"; readonly left: number }
  | { readonly state: "unknown" };

/** An open ledger. */
export interface Ledger {
  readonly database: DatabaseSync;
  readonly left: StatementSync;
  readonly take: StatementSync;
  readonly insert: StatementSync;
}

/** Opens the ledger on a worker. If that is lost, the next one opens it again. */
export function ledgerOn(
  runtime: Runtime,
  path: string,
): Promise<PlacedDesync<Ledger>> {
  return Desync.on(runtime, openLedger, {
    args: [path],
    dispose: closeLedger,
    name: "ledger",
    onLoss: "rebuild",
  });
}

/** Opens the ledger in a file. */
export const openLedger: (path: string) => Ledger = portable(
  import.meta.url,
  function openLedger(path: string): Ledger {
    const database = openToWrite(path);
    return {
      database,
      left: database.prepare(`select "left" from prints where id = ?`),
      take: database.prepare(
        `update prints set "left" = "left" - ? where id = ?`,
      ),
      insert: database.prepare(
        "insert into orders (print, quantity, customer) values (?, ?, ?)",
      ),
    };
  },
);

/** Places orders, in one transaction: they are on the disk when this returns. */
export const placeOrders: (
  ref: Reference<Ledger>,
  wishes: readonly Wish[],
) => Receipt[] = portable(
  import.meta.url,
  function placeOrders({ value }, wishes): Receipt[] {
    value.database.exec("begin immediate");
    try {
      const receipts = wishes.map((wish) => place(value, wish));
      value.database.exec("commit");
      return receipts;
    } catch (error) {
      value.database.exec("rollback");
      throw error;
    }
  },
);

/** Closes the ledger. */
export const closeLedger: (ref: Reference<Ledger>) => void = portable(
  import.meta.url,
  function closeLedger({ value }): void {
    value.database.close();
  },
);

function place(ledger: Ledger, wish: Wish): Receipt {
  const { print, quantity, customer } = wish;
  const row = ledger.left.get(print) as { left: number } | undefined;
  if (row === undefined) return { state: "unknown" };
  if (row.left < quantity) return { state: "sold out", left: row.left };
  ledger.take.run(quantity, print);
  const { lastInsertRowid } = ledger.insert.run(print, quantity, customer);
  return {
    state: "placed",
    order: Number(lastInsertRowid),
    left: row.left - quantity,
  };
}
