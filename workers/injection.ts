/**
 * Unbound tasks, as one thread of a runtime sees them: it publishes some, takes
 * some, and sleeps while there are none.
 *
 * The protocols are in the README of `sync/`: "Task cells", "Injector" and "Idle
 * threads".
 *
 * @module
 */

import type { Doorbell, SleepKind } from "../sync/mail/doorbell.ts";
import { FEWEST, FrameBatch } from "../sync/mail/frame_batch.ts";
import type { FrameSource } from "../sync/queue/frame_ring.ts";
import { IdleThreads, idleThreadsSize } from "../sync/mail/idle_threads.ts";
import {
  BUSY,
  DONE,
  Injector,
  injectorSize,
  NORMAL,
  type Priority,
  URGENT,
} from "../sync/mail/injector.ts";
import { LINE, type SharedSlice, wordsOf } from "../sync/memory/memory.ts";
import { PLACES, TaskCells, taskCellsSize } from "../sync/mail/task_cells.ts";
import { currentThread, type ThreadId } from "../sync/thread/thread.ts";

export { NORMAL, type Priority, URGENT } from "../sync/mail/injector.ts";

const PAGE = 4096;

/** More would only wait for a processor. Whoever takes a frame wakes another. */
const MOST_WOKEN: number = Math.max(
  1,
  (globalThis.navigator?.hardwareConcurrency ?? 2) - 1,
);

/** Names an injection in a message. */
export interface InjectionHandle {
  /** The buffer. */
  readonly buffer: SharedArrayBuffer;
  /** How many threads can take part at once. */
  readonly slots: number;
  /** How many tasks of one thread can be under way at once, a power of two. */
  readonly places: number;
  /** Bytes for urgent frames, and for others. */
  readonly reserve: readonly [urgent: number, normal: number];
}

/** How large an injection is. */
export interface InjectionSize {
  /**
   * How many tasks of one thread can be under way at once, a power of two.
   * Default: 2^20.
   */
  readonly places?: number;
  /** Bytes for urgent frames, and for others: address space. */
  readonly reserve?: readonly [urgent: number, normal: number];
}

/** What an injection is told of the thread it belongs to. */
export interface InjectionOptions {
  /** The slot of this thread. */
  readonly slot: number;
  /** Wakes the thread in a slot. Returns false if it is not live. */
  readonly wake: (slot: number) => boolean;
}

/**
 * The unbound tasks of a runtime.
 *
 * A frame starts with three words: the slot of its owner, how often that slot was
 * given away, and the number of the task. How a thread uses this:
 *
 * ```ts ignore
 * // The starting thread, once, and for each thread that gets a slot:
 * const handle = Injection.allocate(fabric.slots);
 * fabric.occupy(slot, thread);
 * injection.letTo(slot, fabric.generation(slot)); // until it returns true
 *
 * // Each thread:
 * const injection = new Injection(handle, {
 *   slot,
 *   wake: (other) => {
 *     const peer = mailbox.peer(other);
 *     if (!threads.isLive(peer.thread)) return false;
 *     peer.bell.ringForMail(slot);
 *     return true;
 *   },
 * });
 *
 * // Spawn: stage in the turn; publish where rings are published (at its end).
 * injection.stage(NORMAL, out, out.byteLength);
 * injection.publish(); // false: once more in the next turn (see isFull)
 *
 * // A poll of a worker: one unbound frame, then the mail, then the next one.
 * if (injection.next()) {
 *   reader.bytes = injection.bytes;
 *   reader.words = injection.words;
 *   reader.frame(injection.start, injection.length);
 *   // owner slot, generation, number …; read all before next() is called again
 * }
 *
 * // While it spins: bell.rung || injection.hasFrames
 * // Sleep: instead of bell.arm(kind)
 * if (!injection.arm(bell, kind)) continue; // there is something to do
 * // … awake again, for whatever reason, before bell.disarm():
 * injection.awake(); //  and then next() comes before the mail
 *
 * // After a thread was marked lost, by everyone who finds that out:
 * injection.recover(); // until it returns true, each time in another turn
 * // … then, for each unbound task of this thread that is under way:
 * if (injection.takerOf(number) === lost) // it was taken: it counts as started
 * ```
 */
export class Injection {
  /** Names this injection in a message. */
  readonly handle: InjectionHandle;
  /** The cells of this thread's own tasks. */
  readonly cells: TaskCells;
  readonly #slot: number;
  readonly #wake: (slot: number) => boolean;
  readonly #cells: (TaskCells | undefined)[] = [];
  /** Those that sleep in their event loops: they can run any task. */
  readonly #idle: IdleThreads;
  /** Those that sleep in a join: they can run some tasks on their stacks. */
  readonly #blocked: IdleThreads;
  /** Those that look for frames all the time. */
  readonly #spinning: IdleThreads;
  /** Counts what was published, and not what was given back. */
  readonly #publications: Int32Array;
  readonly #injector: Injector;
  readonly #staged: readonly [FrameBatch, FrameBatch] = [
    new FrameBatch(),
    new FrameBatch(),
  ];
  readonly #taken = new FrameBatch();
  readonly #share = { most: 1, takers: 1 };
  /** The slot behind the one that was woken last. */
  #turn: number;
  /** Whether the last attempt to take a frame waited for a lock in vain. */
  #busy = false;
  /** Whether the last attempt to publish found no room. */
  #full = false;

  /** Attaches to an injection. */
  constructor(handle: InjectionHandle, { slot, wake }: InjectionOptions) {
    this.handle = handle;
    this.#slot = slot;
    this.#wake = wake;
    this.#turn = slot + 1;
    const { buffer, slots, reserve } = handle;
    const idleSize = idleThreadsSize(slots);
    this.#idle = new IdleThreads({ buffer, byteOffset: 0 }, slots);
    this.#blocked = new IdleThreads({ buffer, byteOffset: idleSize }, slots);
    this.#spinning = new IdleThreads({
      buffer,
      byteOffset: 2 * idleSize,
    }, slots);
    this.#publications = wordsOf({ buffer, byteOffset: 3 * idleSize }, 1);
    this.#injector = new Injector(
      { buffer, byteOffset: injectorAt(slots) },
      (owner) => this.cellsOf(owner),
      { reserve },
    );
    this.cells = this.cellsOf(slot);
  }

  /** Makes an injection for so many threads. */
  static allocate(
    slots: number,
    { places = PLACES, reserve = [2 ** 27, 2 ** 28] }: InjectionSize = {},
  ): InjectionHandle {
    const size = cellsAt(slots, reserve) + slots * taskCellsSize(places);
    // A growable buffer is a mapping of its own, aligned to pages.
    const buffer = new SharedArrayBuffer(size, { maxByteLength: size });
    const handle = { buffer, slots, places, reserve };
    const injection = new Injection(handle, { slot: 0, wake: () => false });
    injection.#injector.init();
    return handle;
  }

  /** The cells of the tasks of the thread in a slot. */
  cellsOf(slot: number): TaskCells {
    return this.#cells[slot] ??= this.#attach(slot);
  }

  /**
   * Gives a slot to a thread: frames of the former one are no longer handed out.
   * Before the thread starts; only when the former one no longer runs.
   *
   * @param tenant How often the slot was given away, not 0.
   * @returns False if another thread is just taking frames, for too long: call it
   * again, in another turn, before the thread starts.
   */
  letTo(slot: number, tenant: number): boolean {
    this.#idle.leave(slot);
    this.#blocked.leave(slot);
    this.#spinning.leave(slot);
    this.cellsOf(slot).letTo(tenant);
    const passed = this.#injector.pass();
    this.#wakeSome(this.#injector.size);
    return passed;
  }

  /** The longest frame that ever finds room, in bytes. */
  longest(priority: Priority): number {
    return this.#injector.longest(priority);
  }

  /** How many frames there are, besides those that are staged. */
  get size(): number {
    return this.#injector.size;
  }

  /** Whether there is a frame to take. Cheap enough to spin on. */
  get hasFrames(): boolean {
    return this.#taken.hasNext || this.#injector.size > 0;
  }

  /** How many frames are staged, or found no room. */
  get staged(): number {
    return this.#staged[URGENT].count + this.#staged[NORMAL].count;
  }

  /**
   * Stages a frame of this thread; {@linkcode publish} hands it over.
   *
   * @param source Where it is, from the start on.
   * @param length Its length, in bytes.
   * @throws {RangeError} If no room is ever enough for it, or it is too short.
   */
  stage(priority: Priority, source: FrameSource, length: number): void {
    const longest = this.longest(priority);
    if (!(length >= FEWEST && length <= longest)) {
      throw new RangeError(
        `Cannot stage frame as its length must be from ${FEWEST} to ${longest} bytes: received ${length}`,
      );
    }
    this.cells.begin(source.words[2]!);
    this.#staged[priority].add(source, length);
  }

  /**
   * Hands all staged frames over, each priority in one step, and wakes a thread
   * for each of them, as far as some sleep.
   *
   * @returns Whether all are on their way. Otherwise there was no room
   * ({@linkcode isFull}), or another thread was just publishing, for too long: what
   * is left stays staged, to be published in another turn.
   */
  publish(): boolean {
    this.#full = false;
    const published = this.#publish(URGENT) + this.#publish(NORMAL);
    if (published > 0) Atomics.add(this.#publications, 0, 1);
    const all = this.staged === 0;
    this.#wakeSome(all ? published : this.#injector.size);
    return all;
  }

  /** Whether the last {@linkcode publish} found no room for some frames. */
  get isFull(): boolean {
    return this.#full;
  }

  /**
   * Takes back the frames that are staged.
   *
   * @param visitor Is told the number of each task.
   */
  unstage(visitor: (number: number) => void): void {
    for (const batch of this.#staged) {
      batch.rewind();
      while (batch.next()) visitor(batch.words[(batch.start >> 2) + 2]!);
      batch.clear();
    }
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
    if (this.#injector.size > 0) this.#wakeSome(1);
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
    const cells = this.cellsOf(owner);
    if (!cells.isLetTo(tenant)) return true; // nobody wants it any more
    // Not after the push: then the cell is that of who takes it next.
    const { id } = currentThread();
    cells.take(number, -id);
    if (this.#injector.push(priority, batch) === 1) {
      this.#wakeSome(1, true);
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
    this.#idle.enter(this.#slot);
    if (bell.arm(kind)) {
      // Who added a frame before it could see that we sleep is seen here.
      if (!this.hasFrames || this.#isWaitedFor) return true;
      bell.disarm();
    }
    this.#idle.leave(this.#slot);
    return false;
  }

  /**
   * This thread is awake, for whatever reason. It looks at {@linkcode next} before
   * anything else that may take long: somebody may count on it.
   */
  awake(): void {
    this.#idle.leave(this.#slot);
  }

  /** How often frames were published; not counting those that were given back. */
  get publications(): number {
    return Atomics.load(this.#publications, 0);
  }

  /**
   * Before this thread sleeps blocked: arms its doorbell. Unless this returns true,
   * there is something to do, and it must not sleep.
   *
   * @param seen {@linkcode publications} before it looked at all frames and left
   * those that it cannot run.
   */
  armBlocked(bell: Doorbell, seen: number): boolean {
    this.#blocked.enter(this.#slot);
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
    if (!this.#blocked.leave(this.#slot)) this.passOn();
  }

  /** This thread looks for frames all the time: nobody has to be woken for one. */
  spins(): void {
    this.#spinning.enter(this.#slot);
  }

  /** This thread does so no more, and takes a frame right now. */
  found(): void {
    this.#spinning.leave(this.#slot);
  }

  /** This thread does so no more. It looks once more, or wakes another one. */
  stopsSpinning(): void {
    this.#spinning.leave(this.#slot);
    this.passOn();
  }

  /** Wakes another thread if there are frames. */
  passOn(): void {
    const left = this.#injector.size;
    if (left > 0) this.#wakeSome(1);
  }

  /**
   * After a thread was marked lost, which might have been woken for a frame.
   *
   * @returns False if another thread is just taking frames, for too long, or was
   * lost as well: call it again, in another turn.
   */
  recover(): boolean {
    // It may have been one that spins. Those that do are woken for nothing once.
    while (this.#spinning.claim(0) >= 0);
    const settled = this.#injector.settle();
    this.#wakeSome(this.#injector.size);
    return settled;
  }

  /**
   * Which thread took an unbound task of this one, or 0; negated, if that has given
   * it back and nobody has taken it since. That of a lost thread counts only after
   * {@linkcode recover}.
   */
  takerOf(number: number): ThreadId {
    return this.cells.takerOf(number);
  }

  #publish(priority: Priority): number {
    const batch = this.#staged[priority];
    const { count } = batch;
    if (count === 0) return 0;
    const pushed = this.#injector.push(priority, batch);
    if (pushed === BUSY) return 0;
    if (pushed < count) this.#full = true;
    if (pushed > 0) batch.drop(pushed);
    return pushed;
  }

  /**
   * Whether this thread waited in vain for one that is just taking frames: it wakes
   * somebody when it has done so, or whoever finds that it is lost.
   */
  get #isWaitedFor(): boolean {
    return this.#busy && this.#injector.isLocked && !this.#taken.hasNext;
  }

  /**
   * Wakes a thread for each frame, as far as some sleep.
   *
   * @param free Only those that can run any task.
   */
  #wakeSome(frames: number, free: boolean = false): void {
    const left = frames - this.#spinning.count;
    for (let more = Math.min(left, MOST_WOKEN); more > 0; more--) {
      let slot: number;
      do {
        slot = this.#idle.claim(this.#turn);
        if (slot < 0 && !free) slot = this.#blocked.claim(this.#turn);
        if (slot < 0) return;
        this.#turn = slot + 1;
        // One that was lost asleep is claimed for nothing.
      } while (!this.#wake(slot));
    }
  }

  #attach(slot: number): TaskCells {
    const { buffer, slots, places, reserve } = this.handle;
    const byteOffset = cellsAt(slots, reserve) + slot * taskCellsSize(places);
    const slice: SharedSlice = { buffer, byteOffset };
    return new TaskCells(slice, places);
  }
}

/** Where the injector starts. */
function injectorAt(slots: number): number {
  return 3 * idleThreadsSize(slots) + LINE;
}

/** Where the cells start. */
function cellsAt(
  slots: number,
  reserve: readonly [urgent: number, normal: number],
): number {
  const size = injectorAt(slots) + injectorSize({ reserve });
  return Math.ceil(size / PAGE) * PAGE;
}
