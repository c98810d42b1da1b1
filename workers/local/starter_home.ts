/**
 * What the thread owns that started a runtime, and the inline workers on it.
 *
 * @module
 */

import type { Patience } from "../life/patience.ts";
import type { Commons } from "./commons.ts";
import { addStarted, closeHome, removeStarted } from "./current_home.ts";
import type { DisposeFailure } from "./dispose_error.ts";
import { whenGuestsLeft } from "./guest.ts";
import { Home, type Owned } from "./home.ts";

/** How long disposers may take though the time is up, in ms. */
const GRACE = 100;

/** The home of the starting thread in one of its runtimes. */
export class StarterHome {
  /** What all threads of the runtime know. */
  readonly commons: Commons;
  readonly #home: Home;

  /** Owns nothing yet. */
  constructor(commons: Commons, face: object) {
    this.commons = commons;
    this.#home = new Home({ commons, worker: undefined });
    this.#home.face = face;
    addStarted(this.#home);
  }

  /** The starting thread owns something, as {@linkcode Home.own}. */
  own(owned: Owned): void {
    this.#home.own(owned);
  }

  /**
   * Disposes what inline workers own, and then the rest: all crews are closed.
   *
   * @param inline The homes of inline workers.
   * @param patience How long that may take, and a little longer.
   * @returns What disposers threw.
   */
  async close(
    inline: readonly Home[],
    patience: Patience,
  ): Promise<DisposeFailure[]> {
    await whenGuestsLeft(this.commons, patience);
    this.commons.close();
    const failures: DisposeFailure[] = [];
    for (const home of [...inline, this.#home]) {
      await patience.within(closeHome(home), GRACE);
      failures.push(...home.takeFailures());
    }
    removeStarted(this.#home);
    return failures;
  }
}
