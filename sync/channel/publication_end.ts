/**
 * What all ends of a broadcast and a watch have in common.
 *
 * @module
 */

import type { Ends } from "./ends.ts";
import type { Publication } from "./publication.ts";
import type { Subscribers } from "./subscribers.ts";

/** The entry that an end has at a side of its channel, until it is closed. */
export class PublicationEnd {
  /** What it is an end of. */
  readonly publication: Publication;
  readonly #side: Ends | Subscribers;
  #entry: number | undefined;

  /**
   * Opens an end for this thread.
   *
   * @param side The senders or the receivers of the publication.
   * @throws {RangeError} If there are as many as there can be.
   */
  constructor(publication: Publication, side: Ends | Subscribers) {
    this.publication = publication;
    this.#side = side;
    this.#entry = side.open();
  }

  /** Whether it was opened and not closed: none is opened at a side that is gone. */
  get isOpen(): boolean {
    return this.#entry !== undefined;
  }

  /**
   * Before each try of a call that needs this end.
   *
   * @throws {TypeError} If this end is closed.
   */
  checkOpen(action: string): void {
    if (this.#entry !== undefined) return;
    throw new TypeError(`Cannot ${action} as this end is closed`);
  }

  /** Closes this end. A second call does nothing. */
  close(): void {
    const entry = this.#entry;
    if (entry === undefined) return;
    this.#entry = undefined;
    this.#side.close(entry);
    this.publication.wakeAll();
  }
}
