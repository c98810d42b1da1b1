/**
 * The unbound tasks that a thread takes: while it polls, one after the other as
 * long as there is no mail, and while it blocks, those that it can run then.
 *
 * @module
 */

import { CorruptFrameError, Reader } from "../../codec/reader.ts";
import type { Doorbell } from "../../sync/mail/doorbell.ts";
import type { FrameTaker } from "../injection/frame_taker.ts";
import type { Injection } from "../injection/injection.ts";
import type { Recorder } from "../stats/recorder.ts";
import type { Blocking } from "./blocked_wait.ts";
import type { EventLoop } from "./event_loop.ts";
import { LARGEST_BATCH, nextBatch, type Outbox } from "./outbox.ts";
import type { Standing } from "./standing.ts";

/**
 * Runs an unbound task, whose frame is read from its first word on. Returns false
 * if this thread cannot, as it blocks.
 */
export type RunUnbound = (frame: Reader) => boolean;

/** What taking tasks needs. */
export interface UnboundWorkOptions {
  /** The unbound tasks of the runtime. */
  readonly injection: Injection | undefined;
  /** Runs one. */
  readonly run: RunUnbound | undefined;
  /** Says whether there is mail. */
  readonly bell: Doorbell;
  /** Whether this thread still counts. */
  readonly standing: Standing;
  /** What is answered. */
  readonly outbox: Outbox;
  /** How long a turn lasts. */
  readonly loop: EventLoop;
  /** Counts what is taken. */
  readonly recorder: Recorder;
}

/** What this thread takes of the unbound tasks of a runtime. */
export class UnboundWork {
  readonly #options: UnboundWorkOptions;
  readonly #bell: Doorbell;
  readonly #frame = new Reader(new Uint8Array(0), new Int32Array(0));
  /** Where this thread takes tasks, if it does. */
  #source: FrameTaker | undefined;
  /** Whether others count on this thread, which spins. */
  #counted = false;
  /** What was published before it found nothing that it can run while it blocks. */
  #seen = -1;

  /** Takes none yet. */
  constructor(options: UnboundWorkOptions) {
    this.#options = options;
    this.#bell = options.bell;
  }

  /** From now on this thread takes some. */
  open(): void {
    this.#source = this.#options.injection?.taker;
  }

  /** This thread takes no more, and passes on what it may have been woken for. */
  close(): void {
    this.countOn(false);
    const source = this.#source;
    this.#source = undefined;
    source?.awake();
    source?.passOn();
  }

  /** This thread takes no more, and is about to end. */
  stop(): void {
    this.#source = undefined;
  }

  /** Whether there is a task to take. Cheap enough to spin on. */
  get isThere(): boolean {
    return this.#source !== undefined && this.#source.hasFrames;
  }

  /** Whether this thread, which has nothing to do, is about to look for a task. */
  countOn(counted: boolean): void {
    if (counted === this.#counted) return;
    this.#counted = counted;
    if (counted) this.#source?.spins();
    else this.#source?.stopsSpinning();
  }

  /**
   * Runs tasks, one after the other, as long as there is no mail. Returns whether
   * there was one.
   */
  serve(): boolean {
    const source = this.#source;
    if (source === undefined || !source.hasFrames) return false;
    if (this.#counted) {
      this.#counted = false;
      source.found();
    }
    const { outbox, loop } = this.#options;
    let read = 0;
    let batch = 1;
    while (this.#next(source)) {
      this.#run(source);
      if (++read >= batch) {
        outbox.flush();
        batch = nextBatch(read);
        if (read >= LARGEST_BATCH && loop.endLongTurn()) break;
      }
      if (this.#source === undefined || this.#bell.rung) break;
    }
    if (read === 0) source.passOn(); // somebody may have counted on this thread
    return read > 0;
  }

  /**
   * Before this thread sleeps: arms its doorbell. Unless this returns true, there
   * is something to do, and it must not sleep.
   */
  arm(): boolean {
    return this.#source === undefined
      ? this.#bell.arm("away")
      : this.#source.arm(this.#bell, "away");
  }

  /** This thread is awake, for whatever reason. */
  awake(): void {
    this.#source?.awake();
  }

  /** This thread blocks. Returns what {@linkcode leaveBlocked} needs. */
  enterBlocked(): number {
    const seen = this.#seen;
    this.#seen = -1;
    return seen;
  }

  /** This thread goes on, or blocks as before. */
  leaveBlocked(seen: number): void {
    this.#seen = seen;
  }

  /** Whether a task was published since this thread, blocked, looked. */
  get isNew(): boolean {
    return this.#source !== undefined &&
      this.#source.publications !== this.#seen;
  }

  /**
   * Runs a task that this thread can run while it blocks, if there is one, and
   * gives the others back.
   *
   * @param waiting Is told to look around if whoever holds the lock may be lost.
   */
  serveBlocked(waiting: Pick<Blocking, "afterSleep">): boolean {
    const source = this.#source;
    if (source === undefined) return false;
    const seen = source.publications;
    if (seen === this.#seen) return false;
    for (let left = source.size; left > 0; left--) {
      if (!this.#next(source)) break;
      if (this.#run(source)) return true;
    }
    if (source.isBusy) {
      waiting.afterSleep();
      return false;
    }
    this.#seen = seen;
    return false;
  }

  /** As {@linkcode arm}, for a thread that blocks. */
  armBlocked(): boolean {
    return this.#source === undefined
      ? this.#bell.arm("blocked")
      : this.#source.armBlocked(this.#bell, this.#seen);
  }

  /** This thread, which blocks, is awake. */
  awakeBlocked(): void {
    this.#source?.awakeBlocked();
  }

  /** Goes to the next task, if this thread takes one. */
  #next(source: FrameTaker): boolean {
    // One that was given up, and comes back to life, runs nothing any more.
    return !this.#options.standing.isGivenUp && source.next();
  }

  #run(source: FrameTaker): boolean {
    const frame = this.#frame;
    frame.bytes = source.bytes;
    frame.words = source.words;
    frame.frame(source.start, source.length);
    const { recorder, run } = this.#options;
    recorder.frameIn(source.length);
    try {
      const isTaken = run!(frame);
      if (isTaken) recorder.taken();
      return isTaken;
    } catch (error) {
      if (!(error instanceof CorruptFrameError)) throw error;
      return true;
    }
  }
}
