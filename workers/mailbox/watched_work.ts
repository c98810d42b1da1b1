/**
 * Work in shared memory that this thread looks at while it is awake, so that nobody has
 * to call it for that.
 *
 * @module
 */

/** So much is watched at once: each look at the doorbell is one at all of it, too. */
const MOST = 4;

/** Where others leave work for this thread. */
export interface Watched {
  /** Whether there is some. Cheap enough to spin on. */
  readonly isThere: boolean;
  /** Does some of it. It is watched no more. */
  serve(): void;
  /**
   * It is watched no more: whoever leaves work there has to call from now on. What is there
   * already is done, or some of it.
   *
   * @returns Whether there was nothing.
   */
  rest(): boolean;
}

/** What this thread watches. */
export class WatchedWork {
  /** The one that had work last is the last. */
  readonly #watched: Watched[] = [];

  /** Whether there is something to do. Cheap enough to spin on. */
  get isThere(): boolean {
    for (const one of this.#watched) if (one.isThere) return true;
    return false;
  }

  /**
   * Watches something until it has work, or this thread sleeps or blocks; in place of what
   * had work longest ago.
   *
   * @returns Whether it does: not if what it would take the place of has work.
   */
  add(one: Watched): boolean {
    const watched = this.#watched;
    while (watched.length >= MOST) {
      // Served here, it would be watched again in place of the next, and so on.
      if (watched[0]!.isThere) return false;
      watched.shift()!.rest();
    }
    watched.push(one);
    return true;
  }

  /** It looks after itself from now on. */
  remove(one: Watched): void {
    const at = this.#watched.indexOf(one);
    if (at >= 0) this.#take(at);
  }

  /** Takes one out. Without `splice()`, which makes an array each time. */
  #take(at: number): void {
    const watched = this.#watched;
    watched.copyWithin(at, at + 1);
    watched.pop();
  }

  /** Does what there is to do. Returns whether there was anything. */
  serve(): boolean {
    let found = false;
    for (let k = this.#watched.length; --k >= 0;) {
      const one = this.#watched[k];
      // What was served before may have changed the list.
      if (one === undefined || !one.isThere) continue;
      found = true;
      this.#take(k);
      one.serve();
    }
    return found;
  }

  /**
   * For a thread that is about to sleep or to block: watches nothing any more. What had work
   * may be watched again, unless the thread blocks.
   *
   * @returns Whether there was nothing to do.
   */
  rest(): boolean {
    if (this.#watched.length === 0) return true;
    let isIdle = true;
    for (const one of this.#watched.splice(0)) if (!one.rest()) isIdle = false;
    return isIdle;
  }
}
