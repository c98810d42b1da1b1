/**
 * Acknowledgements: which calls have ended whose results nobody waits for.
 *
 * @module
 */

import type { Peer } from "../mailbox/peer.ts";

/** What acknowledging needs. */
export interface AcknowledgementsOptions {
  /** Tells a caller which of its calls have ended. */
  readonly send: (to: Peer, numbers: readonly number[]) => void;
  /** Runs a function as part of nothing that runs on this thread. */
  readonly outside: (run: () => void) => void;
}

/**
 * Gathers the numbers of forwarded calls that have ended: those of one turn go back
 * together, a word each, or with the next answer.
 */
export class Acknowledgements {
  readonly #options: AcknowledgementsOptions;
  readonly #ended = new Map<Peer, number[]>();

  /** None yet. */
  constructor(options: AcknowledgementsOptions) {
    this.#options = options;
  }

  /** A call has ended. */
  add(to: Peer, number: number): void {
    const numbers = this.#ended.get(to);
    if (numbers !== undefined) return void numbers.push(number);
    if (this.#ended.size === 0) {
      this.#options.outside(() => queueMicrotask(() => this.flush()));
    }
    this.#ended.set(to, [number]);
  }

  /** Sends what was gathered: it is there before whatever is answered next. */
  flush(): void {
    if (this.#ended.size === 0) return;
    for (const [to, numbers] of this.#ended) this.#options.send(to, numbers);
    this.#ended.clear();
  }
}
