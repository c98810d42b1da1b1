/**
 * What the two ends of a channel have in common: an entry, the store, and the async
 * calls that wait.
 *
 * The protocol is in the folder's README, "Ends" and "Channel".
 *
 * @module
 */

import type { EventCount } from "../thread/event_count.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { ChannelCore } from "./channel_core.ts";
import type { Ends } from "./ends.ts";
import type { Store } from "./flavor.ts";
import { WaitingLine } from "./waiting_line.ts";

/** How an end waits, whichever it is. */
export interface EndWait {
  /** What is waited for, as messages say it. */
  readonly action: string;
  /** How long to wait at most, in ms. */
  readonly timeout: number | undefined;
  /** For the async doors: gives up the wait. */
  readonly signal?: AbortSignal | undefined;
}

/** An end of a channel, until it is closed. */
export class ChannelEnd<T> {
  /** What it is an end of. */
  readonly core: ChannelCore<T>;
  /** Where the messages are. */
  readonly store: Store<T>;
  /** The async calls of this end that wait. */
  readonly waiting: WaitingLine;
  readonly #side: Ends;
  /** Where this end waits. */
  readonly #events: EventCount;
  readonly #entry: number;
  #open = true;

  /**
   * Opens an end for this thread.
   *
   * @param end Which one.
   * @param gone What to say if its side is gone.
   * @throws {ChannelClosedError} If that is so.
   * @throws {RangeError} If there are as many ends as there can be.
   */
  constructor(
    core: ChannelCore<T>,
    end: "sender" | "receiver",
    gone: string,
  ) {
    this.#side = end === "sender" ? core.senders : core.receivers;
    this.#events = end === "sender" ? core.room : core.items;
    const entry = this.#side.open();
    if (entry === undefined) throw new ChannelClosedError(gone);
    this.#entry = entry;
    this.core = core;
    this.store = core.attachStore();
    this.waiting = new WaitingLine(this.#events);
  }

  /** Whether this end was not closed. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Closes this end, once; calls of it that wait fail. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    if (this.#side.close(this.#entry)) this.core.seal();
    else {
      // Not only tasks in line: an async select may wait at this end.
      this.#events.signal();
      this.store.meeting?.wakeAll();
    }
  }
}
