/**
 * The handles of an instance in its own home.
 *
 * @module
 */

import { currentThread, type ThreadId } from "../sync/thread/thread.ts";
import { disposeUnwatched } from "./disposal.ts";
import { HandleTickets } from "./handle_tickets.ts";
import type { Holding, SentHandle } from "./holding.ts";
import type { InstanceHome } from "./instance_home.ts";
import { travelsOf } from "./travels.ts";

/** What a holding is told. */
export interface OwnHoldingOptions {
  /** The name of the family. */
  readonly name: string;
  /** Where the instance lives. */
  readonly home: InstanceHome;
  /** Disposes the instance. Returns what its disposer returns. */
  readonly end: () => unknown;
}

/** Holds an instance, from the first handle to the last, wherever they are. */
export class OwnHolding implements Holding {
  readonly name: string;
  readonly home: InstanceHome;
  readonly isHere = true;
  instance: object | undefined;
  readonly #end: () => unknown;
  #handles = 0;
  /** Once a handle was sent. */
  #tickets: HandleTickets | undefined;
  #number = 0;
  /** How often it has begun to wait for others: the last time counts. */
  #waits = 0;

  /** Without a handle yet. */
  constructor(instance: object, { name, home, end }: OwnHoldingOptions) {
    this.instance = instance;
    this.name = name;
    this.home = home;
    this.#end = end;
  }

  get worker(): number | undefined {
    return this.home.worker;
  }

  get isAlive(): boolean {
    return this.instance !== undefined;
  }

  add(): void {
    this.#handles++;
  }

  release(): unknown {
    if (--this.#handles > 0 || !this.isAlive) return undefined;
    if (this.#tickets === undefined || this.#tickets.areFree(isLive)) {
      return this.#end();
    }
    this.#endLater(this.#tickets);
    return undefined;
  }

  send(): SentHandle {
    if (this.#tickets === undefined) {
      this.#tickets = HandleTickets.allocate();
      this.#number = travelsOf(this.home).depart(this);
    }
    const travels = travelsOf(this.home);
    return {
      name: this.name,
      home: travels.id,
      number: this.#number,
      thread: currentThread().id,
      worker: this.worker,
      ticket: this.#tickets.issue(),
      memory: this.#tickets.memory,
    };
  }

  takeBack({ ticket }: SentHandle): void {
    this.#tickets!.withdraw(ticket);
  }

  /** A handle is back: counts it. False: it had no ticket. */
  welcome(ticket: number): boolean {
    this.add();
    const isValid = this.#tickets!.withdraw(ticket);
    if (!isValid) this.#handles--;
    return isValid;
  }

  /** The instance is about to be disposed, whoever has handles. */
  over(): void {
    this.instance = undefined;
    if (this.#tickets === undefined) return;
    this.#tickets.end();
    travelsOf(this.home).forget(this.#number);
  }

  /** Others have handles: waits until they have none, or there is one here again. */
  #endLater(tickets: HandleTickets): void {
    const wait = ++this.#waits;
    tickets.whenFree({
      isLive,
      isWanted: () =>
        wait === this.#waits && this.#handles === 0 && this.isAlive,
      end: () => disposeUnwatched(this.home, this.name, this.#end),
    });
  }
}

function isLive(thread: ThreadId): boolean {
  return currentThread().threads.isLive(thread);
}
