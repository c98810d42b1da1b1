/**
 * What one receiver sees of a watch, and has seen.
 *
 * @module
 */

import { ENDED } from "./flavor.ts";
import { PublicationEnd } from "./publication_end.ts";
import { CHANGED, OVER, SAME, type WatchCell } from "./watch_cell.ts";

const RECEIVE = "receive value";

/** A receiver's end, and which value it has seen. */
export class WatchView<T> {
  readonly #cell: WatchCell<T>;
  readonly #end: PublicationEnd;
  #seen: number;

  /**
   * Opens a receiver's end for this thread.
   *
   * @param version Which value counts as seen. Default: the one that is there.
   * @throws {RangeError} If there are as many as there can be.
   */
  constructor(cell: WatchCell<T>, version: number | undefined) {
    this.#cell = cell;
    this.#end = new PublicationEnd(cell, cell.receivers);
    this.#seen = version ?? cell.version;
  }

  /**
   * Checks that the end is open.
   *
   * @throws {TypeError} If it is closed.
   */
  checkOpen(): void {
    this.#end.checkOpen(RECEIVE);
  }

  /** Whether the end was not closed. */
  get isOpen(): boolean {
    return this.#end.isOpen;
  }

  /** The version of the value that was seen last. */
  get seen(): number {
    return this.#seen;
  }

  /** Whether there is a value that was not seen. */
  get hasChanged(): boolean {
    return this.#cell.version !== this.#seen;
  }

  /** The last value. It does not count as seen by that. */
  borrow(into: T | undefined): T {
    this.#end.checkOpen(RECEIVE);
    this.#cell.payload.checkInto(RECEIVE, into);
    this.#cell.read();
    return this.#cell.payload.leave(into);
  }

  /** The last value, which counts as seen from now on. */
  borrowAndUpdate(into?: T): T {
    this.#end.checkOpen(RECEIVE);
    this.#cell.payload.checkInto(RECEIVE, into);
    this.#seen = this.#cell.read();
    return this.#cell.payload.leave(into);
  }

  /** Whether there is a value that was not seen; undefined if there may be one. */
  look(): true | undefined | typeof ENDED {
    this.#end.checkOpen(RECEIVE);
    const { senders } = this.#cell;
    let found = this.#cell.look(this.#seen);
    if (found === SAME && !senders.isGone && senders.look()) {
      // The last of them may have sent before it was lost.
      found = this.#cell.look(this.#seen);
      this.#cell.wakeAll();
    }
    if (found === OVER) return ENDED;
    return found === CHANGED || undefined;
  }

  /** The same; the value then counts as seen. */
  step(): true | undefined | typeof ENDED {
    const found = this.look();
    if (found === true) this.#seen = this.#cell.version;
    return found;
  }

  /** The last value, if it was not seen. */
  take(into?: T): T | undefined | typeof ENDED {
    this.#cell.payload.checkInto(RECEIVE, into);
    const found = this.look();
    return found === true ? this.borrowAndUpdate(into) : found;
  }

  /** Looks for a value, among those that it has not looked at; for each try. */
  search(
    predicate: (value: T) => boolean,
  ): () => T | undefined | typeof ENDED {
    let isFirst = true;
    return () => {
      if (isFirst) this.#end.checkOpen(RECEIVE);
      else {
        const found = this.look();
        if (found !== true) return found;
      }
      const version = this.#cell.read();
      const value = this.#cell.payload.leave();
      const isIt = predicate(value);
      this.#seen = version;
      if (isIt) return value;
      isFirst = false;
      return undefined;
    };
  }

  /** Closes the end. A second call does nothing. */
  close(): void {
    this.#end.close();
  }
}
