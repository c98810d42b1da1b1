/**
 * The poll of a mailbox: publish, take, read; again while there may be more, then
 * spin for a while, then sleep.
 *
 * A poll is a microtask, so that the promises it resolved go on in between.
 *
 * @module
 */

import type { Doorbell } from "../../sync/mail/doorbell.ts";
import { Spinner } from "../../sync/thread/spin.ts";
import type { EventLoop } from "./event_loop.ts";
import type { Expectations } from "./expectations.ts";
import type { Inbox } from "./inbox.ts";
import type { Outbox } from "./outbox.ts";
import type { Recorder } from "../stats/recorder.ts";
import type { Standing } from "./standing.ts";
import type { UnboundWork } from "./unbound_work.ts";
import type { WatchedWork } from "./watched_work.ts";

/** Looks at the doorbell in one microtask. */
const LOOKS = 8;
/** Microtasks in which continuations run before this thread spins, too. */
const GRACE = 3;
/** Polls between two looks at the clock. */
const POLLS_PER_CLOCK = 32;

const RESOLVED: Promise<void> = Promise.resolve();

/** What a poll needs. */
export interface PollOptions {
  /** What this thread sleeps on. */
  readonly bell: Doorbell;
  /** Where polls run. */
  readonly loop: EventLoop;
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
  /** What is done without a call. */
  readonly watched: WatchedWork;
  /** Counts sleeps. */
  readonly recorder: Recorder;
  /** Runs a function as part of nothing that runs on this thread. */
  readonly outside: (run: () => void) => void;
  /** Whether this thread serves others. */
  readonly serves: boolean;
  /** Whether others call this thread through its doorbell, and not by messages. */
  readonly hears: boolean;
}

/** Whether this thread polls or sleeps. */
export class Poll {
  readonly #options: PollOptions;
  readonly #bell: Doorbell;
  readonly #loop: EventLoop;
  readonly #outbox: Outbox;
  readonly #spinner = new Spinner();
  #polling = false;
  #asleep = false;
  #closed = false;
  #hearing = false;
  /** Polls without mail. */
  #idle = 0;
  #maySpin = false;
  #spun = 0;
  #spunInVain = false;
  /** Whether it saw something while it span. */
  #isNews = false;
  #sleepStart = 0;
  #polls = 0;

  /** Does not poll yet. */
  constructor(options: PollOptions) {
    this.#options = options;
    this.#bell = options.bell;
    this.#loop = options.loop;
    this.#outbox = options.outbox;
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether it goes on to look, and says so before it sleeps. */
  get isOn(): boolean {
    return this.#polling && !this.#closed;
  }

  /** Polls soon, if it does not yet. */
  start(): void {
    if (this.#polling || this.#closed) return;
    this.#polling = true;
    this.getUp();
    this.#loop.begin();
    // What is read then has nothing to do with what sends now.
    this.#options.outside(this.#soon);
  }

  /** Polls soon: something was sent. */
  startAnew(): void {
    this.#idle = 0;
    this.start();
  }

  /** Sleeps no more, without a poll: this thread looks for mail itself. */
  getUp(): void {
    if (!this.#asleep) return;
    this.#asleep = false;
    this.#idle = 0;
    this.#options.unbound.awake();
    this.#bell.disarm();
  }

  /** Goes on after this thread looked for mail itself. */
  goOn(): void {
    this.#idle = 0;
    this.#loop.begin();
    this.start();
  }

  /** Somebody called this thread. */
  ring(): void {
    if (this.#closed || !this.#asleep) return; // it is up already
    this.#options.recorder.wokenByMessage();
    this.#rise();
  }

  #rise(): void {
    this.#polling = true;
    this.getUp();
    this.#loop.begin();
    if (this.#spunInVain) {
      this.#spinner.failed(performance.now() - this.#sleepStart);
    }
    this.#poll();
  }

  /** Wakes this thread up if somebody rang who was lost before it could call. */
  rescue(): void {
    if (this.#asleep && this.#bell.rung) this.start();
  }

  /** What is expected has changed: holds the event loop open, or not, if it sleeps. */
  holdLoop(): void {
    if (this.#asleep) this.#loop.hold(this.#options.expectations.isAny);
  }

  /** Polls no more. */
  close(): void {
    this.#closed = true;
    this.#loop.close();
  }

  readonly #soon = (): void => {
    RESOLVED.then(this.#poll);
  };

  readonly #poll = (): void => {
    if (this.#closed) return;
    // One that was given up, and comes back to life, says nothing any more: its calls
    // would not arrive, and others would rely on them.
    if (this.#options.standing.isGivenUp) return this.close();
    // What comes while this thread spins is taken at once: nothing has been resolved
    // since that would have to go on first.
    for (let again = true; !this.#turn(); again = false) {
      if (this.#closed) return;
      if (!this.#staysAwake()) return this.#sleep();
      if (!again || !this.#isNews) break;
    }
    if (this.#closed) return;
    const loop = this.#loop;
    if (++this.#polls % POLLS_PER_CLOCK === 0) loop.endLongTurn();
    if (!loop.isTurnOver) return this.#soon();
    this.#options.unbound.countOn(false);
    loop.next(this.#poll);
  };

  /** Publishes, takes, reads. Returns whether there was anything to take or to read. */
  #turn(): boolean {
    const { unbound, inbox, watched } = this.#options;
    this.#outbox.flush();
    // An unbound task first: this thread may have been woken for it.
    const served = unbound.serve();
    if (this.#closed) return false;
    const read = inbox.read();
    if (!watched.serve() && !read && !served) return false;
    this.#outbox.flush();
    if (this.#spun > 0) {
      this.#spinner.succeeded(this.#spun);
      this.#options.recorder.spinPaid();
    }
    this.#idle = this.#spun = 0;
    return true;
  }

  /** Whether to look once more, now that there was nothing. */
  #staysAwake(): boolean {
    this.#isNews = false;
    if (this.#outbox.hasUnbound) return this.#loop.isTurnOver = true;
    const { serves, expectations } = this.#options;
    const idle = this.#idle++;
    if (idle === 0) this.#maySpin = expectations.areNear;
    // A caller is about to call again, once its promises have gone on.
    if (idle < GRACE) return this.#maySpin || !serves;
    return this.#maySpin && this.#spin();
  }

  /** Looks at the doorbell a few times. False when it is time to sleep. */
  #spin(): boolean {
    const { unbound, watched } = this.#options;
    unbound.countOn(true);
    for (let look = 0; look < LOOKS; look++) {
      if (this.#bell.rung || unbound.isThere || watched.isThere) {
        return this.#isNews = true;
      }
      Atomics.pause?.();
    }
    this.#spun += LOOKS;
    return this.#spun < this.#spinner.rounds;
  }

  #sleep(): void {
    const { unbound, watched, hears, expectations, recorder } = this.#options;
    unbound.countOn(false);
    this.#spunInVain = this.#spun > 0;
    this.#spun = 0;
    if (!watched.rest()) return this.#soon();
    if (hears && !this.#hearing && !this.#hear()) return this.#soon();
    if (!unbound.arm()) return this.#soon();
    this.#polling = false;
    this.#asleep = true;
    recorder.sleeps();
    if (this.#spunInVain) {
      recorder.spinInVain();
      this.#sleepStart = performance.now();
    }
    this.#loop.hold(expectations.isAny);
  }

  /** Hears the next call through the doorbell, once. False: there is one. */
  #hear(): boolean {
    const called = this.#bell.called();
    if (called === undefined) return false;
    this.#hearing = true;
    called.then(() => {
      this.#hearing = false;
      if (this.#closed || !this.#asleep) return;
      this.#options.recorder.wokenByWord();
      this.#rise();
    });
    return true;
  }
}
