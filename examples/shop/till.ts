/**
 * Where orders are placed: each worker collects what comes while the ledger is being
 * written, and asks for all of it by one job.
 *
 * @module
 */

import {
  type Linked,
  linked,
  type PlacedDesync,
  TaskQueue,
} from "../../mod.ts";
import { type Ledger, placeOrders, type Receipt, type Wish } from "./ledger.ts";
import { opening } from "./opening.ts";

/** The till of one worker. */
export class Till {
  readonly #orders: TaskQueue<Wish, Receipt>;

  constructor(ledger: PlacedDesync<Ledger>) {
    this.#orders = new TaskQueue<Wish, Receipt>(async (batch) => {
      const assignment = batch.bound();
      assignment.resolve(
        await ledger.futureSync(placeOrders, assignment.toArray()),
      );
    }, { concurrency: 1 });
  }

  /** Places an order. When this resolves it is on the disk. */
  place(wish: Wish): Promise<Receipt> {
    return this.#orders.push(wish);
  }

  /** Resolves when all orders are written. */
  idle(): Promise<void> {
    return this.#orders.idle();
  }
}

/** The family. */
export const till: Linked<Till> = linked(import.meta.url, "till", {
  shared: () => ({ ledger: opening().ledger }),
  create: ({ ledger }) => new Till(ledger),
});
