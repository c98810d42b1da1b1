/**
 * The handles of an instance that lives elsewhere.
 *
 * @module
 */

import { CorruptFrameError } from "../codec/reader.ts";
import { currentThread } from "../sync/thread/thread.ts";
import { HandleTickets } from "./handle_tickets.ts";
import type { Holding, SentHandle } from "./holding.ts";
import type { InstanceHome, Kept } from "./instance_home.ts";

/** Holds an instance of another home, by one ticket for all handles. */
export class ForeignHolding implements Holding, Kept {
  readonly name: string;
  readonly home: InstanceHome;
  readonly instance = undefined;
  readonly isHere = false;
  readonly #sent: SentHandle;
  readonly #tickets: HandleTickets;
  readonly #forget: () => void;
  #handles = 0;
  #isOver = false;

  /**
   * Takes the ticket of a handle that has come.
   *
   * @param forget It holds nothing any more.
   * @throws {CorruptFrameError} If there is no such ticket.
   * @throws If the home has ended.
   */
  constructor(home: InstanceHome, sent: SentHandle, forget: () => void) {
    this.home = home;
    this.name = sent.name;
    this.#sent = sent;
    this.#forget = forget;
    this.#tickets = new HandleTickets(sent.memory);
    if (!this.#tickets.take(sent.ticket, currentThread().id)) {
      throw new CorruptFrameError(
        `Cannot receive handle of an instance of '${this.name}' as it has no ticket: received ${sent.ticket}`,
      );
    }
    try {
      home.own(this); // its tickets are given back, even if its handles are not
    } catch (error) {
      this.#giveBack();
      throw error;
    }
  }

  get worker(): number | undefined {
    return this.#sent.worker;
  }

  get isAlive(): boolean {
    return !this.#isOver && !this.#tickets.isOver &&
      currentThread().threads.isLive(this.#sent.thread);
  }

  add(): void {
    this.#handles++;
  }

  release(): undefined {
    if (--this.#handles === 0) this.dispose();
  }

  send(): SentHandle {
    return { ...this.#sent, ticket: this.#tickets.issue() };
  }

  takeBack({ ticket }: SentHandle): void {
    this.#tickets.withdraw(ticket);
  }

  /** One more handle has come: counts it. False: it had no ticket. */
  welcome(ticket: number): boolean {
    const isValid = this.#tickets.withdraw(ticket);
    if (isValid) this.add();
    return isValid;
  }

  /** Holds the instance no more, whoever has handles here. */
  dispose(): void {
    if (this.#isOver) return;
    this.home.letGo(this);
    this.#forget();
    this.#giveBack();
  }

  #giveBack(): void {
    this.#isOver = true;
    this.#tickets.giveBack(this.#sent.ticket, currentThread().id);
  }
}
