/**
 * Blocking a thread that goes on to read its mail.
 *
 * @module
 */

import type { Doorbell } from "../../sync/mail/doorbell.ts";
import { Spinner } from "../../sync/thread/spin.ts";
import { SLICE } from "../../sync/thread/thread.ts";
import type { Deadline } from "../../sync/thread/timeout.ts";
import type { Expectations } from "./expectations.ts";
import type { Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import type { Peer } from "./peer.ts";
import type { Poll } from "./poll.ts";
import type { Recorder } from "../stats/recorder.ts";
import type { Standing } from "./standing.ts";
import type { UnboundWork } from "./unbound_work.ts";
import type { WatchedWork } from "./watched_work.ts";

/** What a thread blocks for: see `Mailbox.block()`. */
export interface Blocking {
  /** Whether it goes on. */
  isOver(): boolean;
  /** How long it blocks at most; then it goes on, whatever is. */
  readonly deadline: Deadline;
  /** Is called before each sleep, of at most a slice; what it throws ends all. */
  beforeSleep(): void;
  /** Is called after a sleep in which nobody rang: somebody may be lost. */
  afterSleep(): void;
}

/** What blocking needs. */
export interface BlockedWaitOptions {
  /** What this thread sleeps on. */
  readonly bell: Doorbell;
  /** All threads, by slot, as they become known. */
  readonly peers: readonly (Peer | undefined)[];
  /** Whether it pays to wait awake. */
  readonly expectations: Expectations;
  /** Whether this thread still counts. */
  readonly standing: Standing;
  /** What is published. */
  readonly outbox: Outbox;
  /** What is read. */
  readonly inbox: Inbox;
  /** What is taken. */
  readonly unbound: UnboundWork;
  /** What needs no call while this thread polls; it does not while it blocks. */
  readonly watched: WatchedWork;
  /** Counts sleeps. */
  readonly recorder: Recorder;
  /** Goes on when this thread does. */
  readonly poll: Poll;
}

/** The waits in which this thread blocks, one inside of the other. */
export class BlockedWait {
  readonly #options: BlockedWaitOptions;
  readonly #spinner = new Spinner();
  #depth = 0;

  /** Does not block. */
  constructor(options: BlockedWaitOptions) {
    this.#options = options;
  }

  /** Whether this thread blocks. */
  get isOn(): boolean {
    return this.#depth > 0;
  }

  /**
   * Blocks this thread, and reads its mail meanwhile, which may block again. A
   * thread that is given up goes on at once: the engine cannot end one that never
   * comes back to its event loop.
   */
  block(blocking: Blocking): void {
    const { peers, standing, outbox, inbox, unbound, watched, poll } =
      this.#options;
    poll.getUp();
    this.#depth++;
    const seen = unbound.enterBlocked();
    try {
      watched.rest();
      // The mail that is just being read is known to nobody else.
      for (let slot = 0; slot < peers.length; slot++) {
        if (peers[slot] !== undefined) inbox.readFrom(slot);
      }
      while (!poll.isClosed && !standing.isGivenUp && !blocking.isOver()) {
        outbox.flush();
        if (inbox.read() || unbound.serveBlocked(blocking)) continue;
        if (this.#spin(blocking)) continue;
        if (blocking.deadline.passed) return;
        this.#sleep(blocking);
      }
    } finally {
      this.#depth--;
      unbound.leaveBlocked(seen);
      poll.goOn();
    }
  }

  /** Returns whether somebody rang. */
  #spin(blocking: Blocking): boolean {
    const { bell, unbound, expectations, recorder } = this.#options;
    if (!expectations.areNear) return false;
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      if (bell.rung || unbound.isNew) {
        this.#spinner.succeeded(round);
        recorder.spinPaid();
        return true;
      }
      Atomics.pause?.();
    }
    return blocking.isOver();
  }

  #sleep(blocking: Blocking): void {
    const { bell, outbox, unbound, recorder } = this.#options;
    if (!unbound.armBlocked()) return;
    // What could not be published is tried again soon.
    const most = outbox.hasUnbound ? 1 : SLICE;
    try {
      blocking.beforeSleep();
      const start = performance.now();
      recorder.sleeps();
      bell.sleep(blocking.deadline.slice(most));
      this.#spinner.failed(performance.now() - start);
    } finally {
      bell.disarm();
      unbound.awakeBlocked();
    }
    if (bell.rung) recorder.wokenByWord();
    else blocking.afterSleep();
  }
}
