/**
 * The frames that a thread takes from an injection, and how it sleeps while there
 * are none.
 *
 * The protocol is in `sync/mail/README.md`, "Idle threads".
 *
 * @module
 */

import type { Doorbell, SleepKind } from "../../sync/mail/doorbell.ts";
import { FrameBatch } from "../../sync/mail/frame_batch.ts";
import {
  BUSY,
  DONE,
  type Injector,
  type Priority,
} from "../../sync/mail/injector.ts";
import type { TaskCells } from "../../sync/mail/task_cells.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { Takers } from "./takers.ts";

/** What taking needs. */
export interface FrameTakerOptions {
  /** The slot of this thread. */
  readonly slot: number;
  /** The frames. */
  readonly injector: Injector;
  /** The threads that take. */
  readonly takers: Takers;
  /** How often frames were published; not counting those that were given back. */
  readonly publications: () => number;
  /** The cells of the tasks of the thread in a slot. */
  readonly cellsOf: (slot: number) => TaskCells;
}

/** What this thread takes. */
export class FrameTaker {
  readonly #slot: number;
  readonly #injector: Injector;
  readonly #takers: Takers;
  readonly #publications: () => number;
  readonly #cellsOf: (slot: number) => TaskCells;
  readonly #taken = new FrameBatch();
  readonly #share = { most: 1, takers: 1 };
  /** Whether the last attempt to take a frame waited for a lock in vain. */
  #busy = false;

  /** Has taken nothing yet. */
  constructor(options: FrameTakerOptions) {
    this.#slot = options.slot;
    this.#injector = options.injector;
    this.#takers = options.takers;
    this.#publications = options.publications;
    this.#cellsOf = options.cellsOf;
  }

  /** How many frames there are for all. */
  get size(): number {
    return this.#injector.size;
  }

  /** As `Injection.publications`. */
  get publications(): number {
    return this.#publications();
  }

  /** Whether there is a frame to take. Cheap enough to spin on. */
  get hasFrames(): boolean {
    return this.#taken.hasNext || !this.#injector.isEmpty;
  }

  /**
   * Goes to the next frame, which nobody else gets. It stays where `start` says
   * until the next call.
   *
   * With more than one at once, the others wait for what this thread does with
   * the first, though other threads have nothing to do; and if that one waits for
   * one of them, it waits for ever. So only for tasks that are known to be short
   * and to wait for nothing.
   *
   * @param most How many to take at once, at most 16.
   * @param takers How many threads take: none takes more than its part.
   * @returns Whether there is one.
   */
  next(most: number = 1, takers: number = 1): boolean {
    const taken = this.#taken;
    if (taken.next()) return true;
    this.#share.most = most;
    this.#share.takers = takers;
    for (;;) {
      const attempt = this.#injector.take(taken, this.#share);
      this.#busy = attempt === BUSY;
      if (attempt !== DONE) return false;
      // Those of owners that are gone are not handed out.
      if (taken.next()) break;
    }
    // Who published them may have found fewer asleep than are now.
    this.passOn();
    return true;
  }

  /** Whether another thread was just taking frames, for too long, at the last try. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /**
   * Puts the current frame back, behind all others, for a thread that can run any
   * task: this one blocks, and could run it only when it goes on. Its cell says so
   * by the name of this thread, negated, until somebody takes it.
   *
   * @returns Whether there was room. Otherwise this thread has to keep it.
   */
  giveBack(priority: Priority): boolean {
    const taken = this.#taken;
    const { words } = taken;
    const at = taken.start >> 2;
    const [owner, tenant, number] = [
      words[at]!,
      words[at + 1]!,
      words[at + 2]!,
    ];
    const batch = new FrameBatch();
    const bytes = taken.bytes.subarray(taken.start);
    batch.add({ bytes, words: words.subarray(at) }, taken.length);
    const cells = this.#cellsOf(owner);
    if (!cells.isLetTo(tenant)) return true; // nobody wants it any more
    // Not after the push: then the cell is that of who takes it next.
    const { id } = currentThread();
    cells.take(number, -id);
    if (this.#injector.push(priority, batch) === 1) {
      this.#takers.wakeSome(1, true);
      return true;
    }
    cells.take(number, id);
    return false;
  }

  /** The current frame's memory as bytes. */
  get bytes(): Uint8Array {
    return this.#taken.bytes;
  }

  /** The current frame's memory as words. */
  get words(): Int32Array {
    return this.#taken.words;
  }

  /** Where the current frame starts in `bytes`. */
  get start(): number {
    return this.#taken.start;
  }

  /** How long the current frame is, in bytes. */
  get length(): number {
    return this.#taken.length;
  }

  /**
   * Before this thread sleeps: arms its doorbell. Unless this returns true,
   * there is something to do, and it must not sleep.
   */
  arm(bell: Doorbell, kind: SleepKind): boolean {
    this.#takers.idle.enter(this.#slot);
    if (bell.arm(kind)) {
      // Who added a frame before it could see that we sleep is seen here.
      if (!this.hasFrames || this.#isWaitedFor) return true;
      bell.disarm();
    }
    this.#takers.idle.leave(this.#slot);
    return false;
  }

  /**
   * This thread is awake, for whatever reason. It looks at {@linkcode next} before
   * anything else that may take long: somebody may count on it.
   */
  awake(): void {
    this.#takers.idle.leave(this.#slot);
  }

  /**
   * Before this thread sleeps blocked: arms its doorbell. Unless this returns true,
   * there is something to do, and it must not sleep.
   *
   * @param seen `Injection.publications` before it looked at all frames and left
   * those that it cannot run.
   */
  armBlocked(bell: Doorbell, seen: number): boolean {
    this.#takers.blocked.enter(this.#slot);
    // Whoever publishes after this look finds the bit, and rings. The bell is not
    // armed before: a thread that is armed counts as one with nothing to do.
    if (this.publications === seen && bell.arm("blocked")) return true;
    this.awakeBlocked();
    return false;
  }

  /**
   * This thread, which blocks, is awake. It may have been woken for a frame and go
   * on with something else: then another one is.
   */
  awakeBlocked(): void {
    if (!this.#takers.blocked.leave(this.#slot)) this.passOn();
  }

  /** This thread looks for frames all the time: nobody has to be woken for one. */
  spins(): void {
    this.#takers.spinning.enter(this.#slot);
  }

  /** This thread does so no more, and takes a frame right now. */
  found(): void {
    this.#takers.spinning.leave(this.#slot);
  }

  /** This thread does so no more. It looks once more, or wakes another one. */
  stopsSpinning(): void {
    this.#takers.spinning.leave(this.#slot);
    this.passOn();
  }

  /** Wakes another thread if there are frames. */
  passOn(): void {
    // Mostly nobody sleeps, which is quicker to see than how many frames there are.
    if (!this.#takers.someSleep) return;
    if (!this.#injector.isEmpty) this.#takers.wakeSome(1);
  }

  /**
   * Whether this thread waited in vain for one that is just taking frames: it wakes
   * somebody when it has done so, or whoever finds that it is lost.
   */
  get #isWaitedFor(): boolean {
    return this.#busy && this.#injector.isLocked && !this.#taken.hasNext;
  }
}
