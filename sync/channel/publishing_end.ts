/**
 * What the sender of a broadcast and that of a watch have in common.
 *
 * @module
 */

import { checkTimeout } from "../thread/timeout.ts";
import type { WaitAsyncOptions, WaitOptions } from "../thread/wait.ts";
import { ChannelClosedError } from "./channel_closed_error.ts";
import type { Publication } from "./publication.ts";
import { PublicationEnd } from "./publication_end.ts";

const AWAIT_CLOSE = "wait for receivers to close";

/** The end of a sender, which can wait until there are no receivers. */
export class PublishingEnd extends PublicationEnd {
  /**
   * Opens an end for this thread.
   *
   * @param channel What it is an end of, for messages.
   * @throws {ChannelClosedError} If there were senders, and all are closed.
   * @throws {RangeError} If there are as many as there can be.
   */
  constructor(publication: Publication, channel: "broadcast" | "watch") {
    super(publication, publication.senders);
    if (this.isOpen) return;
    throw new ChannelClosedError(
      `Cannot open sender as all senders of the ${channel} are closed`,
    );
  }

  /** Waits until there were receivers and all are closed; blocks the thread. */
  closed(options: WaitOptions): boolean {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    return this.publication.leaving.wait(() => this.#closing(), {
      action: AWAIT_CLOSE,
      timeout: options.timeout,
    });
  }

  /** The same without blocking the thread. */
  async closedAsync(options: WaitAsyncOptions): Promise<boolean> {
    checkTimeout(options.timeout, AWAIT_CLOSE);
    return await this.publication.leaving.waitAsync(() => this.#closing(), {
      ...options,
      action: AWAIT_CLOSE,
    });
  }

  /** True: no receivers. False: this end is of no use any more. */
  #closing(): boolean | undefined {
    const { receivers, senders } = this.publication;
    if (receivers.isDeserted) return true;
    return !this.isOpen || senders.isGone ? false : undefined;
  }
}
