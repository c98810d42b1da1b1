/**
 * Who is at a channel that gives its messages to all receivers, and who waits there.
 *
 * The protocol is in the folder's README, "Broadcast" and "Watch".
 *
 * @module
 */

import { EVENT_COUNT_SIZE, EventCount } from "../thread/event_count.ts";
import { partOf, type SharedSlice } from "../memory/memory.ts";
import { Ends, ENDS_SIZE } from "./ends.ts";
import { Subscribers, SUBSCRIBERS_SIZE } from "./subscribers.ts";

const SENDERS = 0; // in bytes
const RECEIVERS = SENDERS + ENDS_SIZE;
/** Who waits for a message. */
const NEWS = RECEIVERS + SUBSCRIBERS_SIZE;
/** Who waits until there are no receivers. */
const LEAVING = NEWS + EVENT_COUNT_SIZE;

/** The memory that a publication takes, in bytes: whole lines. */
export const PUBLICATION_SIZE: number = LEAVING + EVENT_COUNT_SIZE;

/** The sides of a broadcast or a watch. Zeroed memory is one without ends. */
export class Publication {
  /** Who sends. */
  readonly senders: Ends;
  /** Who receives. */
  readonly receivers: Subscribers;
  /** Signalled after each message, and when somebody leaves. */
  readonly news: EventCount;
  /** Signalled when somebody leaves. */
  readonly leaving: EventCount;

  /** Attaches to a publication, as this thread. */
  constructor(slice: SharedSlice) {
    this.senders = new Ends(partOf(slice, SENDERS));
    this.receivers = new Subscribers(partOf(slice, RECEIVERS));
    this.news = new EventCount(partOf(slice, NEWS));
    this.leaving = new EventCount(partOf(slice, LEAVING));
  }

  /** Whether all senders are gone: looks who is there, and tells those who wait. */
  isOver(): boolean {
    if (this.senders.isGone) return true;
    if (!this.senders.look()) return false;
    this.wakeAll();
    return true;
  }

  /** Closes all senders, and there will be none. */
  shut(): void {
    if (this.senders.shut()) this.wakeAll();
  }

  /** Tells all who wait that somebody left. */
  wakeAll(): void {
    this.news.signal();
    this.leaving.signal();
  }
}
