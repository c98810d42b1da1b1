/**
 * Who has which slot of a fabric.
 *
 * A slot is given out again only when the thread that had it no longer runs: it
 * could still write into its rings.
 *
 * @module
 */

import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import { STARTER } from "../life/control.ts";
import type { Fabric } from "./fabric.ts";
import { forgetLife, whichAreGone } from "../life/life.ts";

/** The thread that has a slot, or had it last. */
export interface Tenant {
  /** Who it is. */
  readonly thread: ThreadId;
  /** The name of the lock that it holds for as long as it lives. */
  readonly life: string;
}

/** The slots of a fabric, as the starting thread gives them out. */
export class SlotTable {
  readonly #tenants = new Map<number, Tenant>();
  readonly #free: number[] = [];

  /** All slots but the starting thread's are free. */
  constructor(fabric: Fabric) {
    for (let slot = fabric.slots - 1; slot > STARTER; slot--) {
      this.#free.push(slot);
    }
  }

  /**
   * Takes a free slot.
   *
   * @throws {RangeError} If all slots belong to threads that still run.
   */
  async take(): Promise<number> {
    if (this.#free.length === 0) await this.retire();
    const slot = this.#free.pop();
    if (slot === undefined) {
      throw new RangeError(
        `Cannot start worker as all ${this.#tenants.size} slots belong to threads that still run`,
      );
    }
    return slot;
  }

  /** Notes who has a slot. */
  give(slot: number, tenant: Tenant): void {
    this.#tenants.set(slot, tenant);
  }

  /** Gives back a slot that nobody got. */
  giveBack(slot: number): void {
    this.#free.push(slot);
  }

  /** Frees the slots and records of all threads that no longer run. */
  async retire(): Promise<void> {
    const { threads } = currentThread();
    const tenants = [...this.#tenants];
    const gone = await whichAreGone(tenants.map(([, { life }]) => life));
    for (const [slot, tenant] of tenants) {
      // Another call may have seen to it meanwhile.
      if (this.#tenants.get(slot) !== tenant) continue;
      // A live thread that holds no lock yet is only starting.
      if (!gone.has(tenant.life) || threads.isLive(tenant.thread)) continue;
      threads.retire(tenant.thread);
      this.#tenants.delete(slot);
      forgetLife(tenant.life);
      this.#free.push(slot);
    }
  }
}
