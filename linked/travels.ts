/**
 * The handles that have left a home, and those that have come to it.
 *
 * @module
 */

import { NotHereError } from "../codec/not_here_error.ts";
import { CorruptFrameError } from "../codec/reader.ts";
import { sentFields } from "../codec/sent_fields.ts";
import { ForeignHolding } from "./foreign_holding.ts";
import { canHoldTickets, MOST_TICKETS } from "./handle_tickets.ts";
import type { Holding, SentHandle } from "./holding.ts";
import type { InstanceHome } from "./instance_home.ts";

/** A holding to which handles come. */
interface Host extends Holding {
  welcome(ticket: number): boolean;
}

/** What travels to and from one home. */
export class Travels {
  /** Names the home. */
  readonly id: string = crypto.randomUUID();
  readonly #home: InstanceHome;
  readonly #departed = new Map<number, Host>();
  readonly #arrived = new Map<string, Host>();
  #last = 0;

  /** Nothing has travelled yet. */
  constructor(home: InstanceHome) {
    this.#home = home;
  }

  /** The first handle of an instance of this home leaves it. Returns its number. */
  depart(holding: Host): number {
    this.#departed.set(++this.#last, holding);
    return this.#last;
  }

  /** An instance of this home is gone. */
  forget(number: number): void {
    this.#departed.delete(number);
  }

  /**
   * A handle has come: counts it.
   *
   * @throws {NotHereError} If it is one of this home whose instance is gone.
   * @throws {CorruptFrameError} If it is none.
   */
  arrive(sent: unknown): Holding {
    if (!isWhole(sent)) {
      throw new CorruptFrameError(
        "Cannot receive handle of an instance as it is incomplete",
      );
    }
    const { home, number, ticket } = sent;
    const isMine = home === this.id;
    const key = `${home}/${number}`;
    const known = isMine ? this.#departed.get(number) : this.#arrived.get(key);
    if (known !== undefined) {
      if (known.welcome(ticket)) return known;
      throw new CorruptFrameError(
        `Cannot receive handle of an instance of '${sent.name}' as it has no ticket: received ${ticket}`,
      );
    }
    if (isMine) {
      throw new NotHereError(
        `Cannot receive handle of an instance of '${sent.name}' as that was disposed`,
      );
    }
    const forget = () => this.#arrived.delete(key);
    const holding = new ForeignHolding(this.#home, sent, forget);
    this.#arrived.set(key, holding);
    holding.add();
    return holding;
  }
}

const travels = new WeakMap<InstanceHome, Travels>();

/** What travels to and from a home. */
export function travelsOf(home: InstanceHome): Travels {
  let known = travels.get(home);
  if (known === undefined) travels.set(home, known = new Travels(home));
  return known;
}

function isWhole(sent: unknown): sent is SentHandle {
  const { name, home, number, thread, worker, ticket, memory } = sentFields<
    SentHandle
  >(sent);
  return typeof name === "string" && typeof home === "string" &&
    Number.isInteger(number) && Number.isInteger(thread) &&
    (worker === undefined || Number.isInteger(worker)) &&
    typeof ticket === "number" && Number.isInteger(ticket) && ticket >= 0 &&
    ticket < MOST_TICKETS && canHoldTickets(memory);
}
