/**
 * Visitors: the number of each is in a cookie, and all workers count together.
 *
 * @module
 */

import { type Linked, linked, SharedCounter } from "../../mod.ts";

/** A visitor who asks for something. */
export interface Visitor {
  readonly number: number;
  /** What tells a new one the number. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts visitors, on one worker. */
export class Visitors {
  readonly #count: SharedCounter;

  constructor(count: SharedCounter) {
    this.#count = count;
  }

  /** Who it is that sends such cookies; somebody new if they do not say. */
  welcome(cookies: string | null): Visitor {
    const known = /(?:^|;\s*)visitor=(\d{1,9})(?:;|$)/.exec(cookies ?? "");
    if (known !== null) return { number: Number(known[1]), headers: {} };
    const number = this.#count.add(1) + 1;
    const cookie = `visitor=${number}; Path=/; SameSite=Lax; HttpOnly`;
    return { number, headers: { "set-cookie": cookie } };
  }

  /** How many there were. */
  get count(): number {
    return this.#count.value;
  }
}

/** The family. */
export const visitors: Linked<Visitors> = linked(import.meta.url, "visitors", {
  shared: () => ({ count: new SharedCounter() }),
  create: ({ count }) => new Visitors(count),
});
