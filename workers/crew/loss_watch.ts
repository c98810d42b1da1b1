/**
 * Whether all workers are still there, for a starting thread that waits.
 *
 * @module
 */

import { onTick } from "../../sync/thread/keep_alive.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { WITHOUT_A_WORD } from "../life/fault.ts";
import { whichAreGone } from "../life/life.ts";
import type { Staffing } from "./staffing.ts";
import type { Starter } from "./starter.ts";

/** What looking needs. */
export interface LossWatchOptions {
  /** The starting thread. */
  readonly starter: Starter;
  /** Fills the posts of those that are lost. */
  readonly staffing: Staffing;
  /** Is called at every tick. */
  readonly onTick: () => void;
}

/** Looks for workers that are lost. */
export class LossWatch {
  readonly #starter: Starter;
  readonly #staffing: Staffing;
  readonly #stopTicks: () => void;
  readonly #onTick: () => void;
  #looking = false;

  /** Looks at every tick. */
  constructor(options: LossWatchOptions) {
    this.#starter = options.starter;
    this.#staffing = options.staffing;
    this.#onTick = options.onTick;
    this.#stopTicks = onTick(() => this.look());
  }

  /** Looks no more. */
  close(): void {
    this.#stopTicks();
  }

  /** Is everybody there? Without waiting: this thread blocks. */
  lookNow(): void {
    const { threads } = currentThread();
    for (const { worker } of this.#starter.posts.all) {
      if (worker === undefined || threads.isLive(worker.thread)) continue;
      if (worker.hasLeft) continue;
      this.#starter.mailbox.drain();
      this.#staffing.lose(worker.slot, WITHOUT_A_WORD);
    }
  }

  /** While somebody waits: is everybody there? */
  async look(): Promise<void> {
    const { mailbox, desk, posts } = this.#starter;
    mailbox.rescue();
    desk.unbound.rejectTaken();
    this.#onTick();
    if (this.#looking) return;
    // Whoever ends a worker knows that it is gone.
    const present = posts.all.flatMap(({ worker, ready }) =>
      worker === undefined || ready === undefined || worker.isTerminated
        ? []
        : [worker]
    );
    if (present.length === 0) return;
    this.#looking = true;
    try {
      const gone = await whichAreGone(present.map(({ life }) => life));
      for (const worker of present) {
        if (!gone.has(worker.life)) continue;
        if (worker.isTerminated || worker.hasLeft) continue;
        mailbox.drain(); // what it still said
        if (posts.all[worker.index]!.worker !== worker) continue;
        this.#staffing.lose(worker.slot, WITHOUT_A_WORD);
      }
    } finally {
      this.#looking = false;
    }
  }
}
