/**
 * Unbound tasks, as one thread of a runtime sees them: it publishes some, and
 * takes some.
 *
 * The protocols are in `sync/mail/README.md`: "Task cells", "Injector" and "Idle
 * threads".
 *
 * @module
 */

import { FEWEST, FrameBatch } from "../../sync/mail/frame_batch.ts";
import {
  BUSY,
  Injector,
  NORMAL,
  type Priority,
  URGENT,
} from "../../sync/mail/injector.ts";
import type { TaskCells } from "../../sync/mail/task_cells.ts";
import type { FrameSource } from "../../sync/queue/frame_ring.ts";
import type { ThreadId } from "../../sync/thread/thread.ts";
import { FrameTaker } from "./frame_taker.ts";
import {
  type InjectionHandle,
  InjectionMemory,
  type InjectionSize,
} from "./injection_memory.ts";
import { Takers, type TakersOptions } from "./takers.ts";

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
 *   parallelism, // how many processors the threads share
 * });
 *
 * // Spawn: stage in the turn; publish where rings are published (at its end).
 * injection.stage(NORMAL, out, out.byteLength);
 * injection.publish(); // false: once more in the next turn (see isFull)
 *
 * // A poll of a worker: one unbound frame, then the mail, then the next one.
 * const { taker } = injection;
 * if (taker.next()) {
 *   reader.bytes = taker.bytes;
 *   reader.words = taker.words;
 *   reader.frame(taker.start, taker.length);
 *   // owner slot, generation, number …; read all before next() is called again
 * }
 *
 * // While it spins: bell.rung || taker.hasFrames
 * // Sleep: instead of bell.arm(kind)
 * if (!taker.arm(bell, kind)) continue; // there is something to do
 * // … awake again, for whatever reason, before bell.disarm():
 * taker.awake(); //  and then next() comes before the mail
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
  /** What this thread takes. */
  readonly taker: FrameTaker;
  readonly #memory: InjectionMemory;
  readonly #cells: (TaskCells | undefined)[] = [];
  readonly #takers: Takers;
  /** Counts what was published, and not what was given back. */
  readonly #publications: Int32Array;
  readonly #injector: Injector;
  readonly #staged: readonly [FrameBatch, FrameBatch] = [
    new FrameBatch(),
    new FrameBatch(),
  ];
  /** Whether the last attempt to publish found no room. */
  #full = false;

  /** Attaches to an injection, as the thread in a slot. */
  constructor(handle: InjectionHandle, options: TakersOptions) {
    this.handle = handle;
    const { slot } = options;
    const { reserve } = handle;
    const memory = this.#memory = new InjectionMemory(handle);
    const takers = this.#takers = new Takers(memory, options);
    this.#publications = memory.publications();
    const cellsOf = (owner: number) => this.cellsOf(owner);
    const injector = new Injector(memory.injector(), cellsOf, { reserve });
    this.#injector = injector;
    this.cells = this.cellsOf(slot);
    this.taker = new FrameTaker({
      slot,
      injector,
      takers,
      publications: () => this.publications,
      cellsOf,
    });
  }

  /** Makes an injection for so many threads. */
  static allocate(slots: number, size: InjectionSize = {}): InjectionHandle {
    const handle = InjectionMemory.allocate(slots, size);
    const options = { slot: 0, wake: () => false, parallelism: 1 };
    new Injection(handle, options).#injector.init();
    return handle;
  }

  /** The cells of the tasks of the thread in a slot. */
  cellsOf(slot: number): TaskCells {
    return this.#cells[slot] ??= this.#memory.cells(slot);
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
    this.#takers.forget(slot);
    this.cellsOf(slot).letTo(tenant);
    const passed = this.#injector.pass();
    this.#takers.wakeSome(this.#injector.size);
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
    this.#takers.wakeSome(all ? published : this.#injector.size);
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

  /** How often frames were published; not counting those that were given back. */
  get publications(): number {
    return Atomics.load(this.#publications, 0);
  }

  /**
   * After a thread was marked lost, which might have been woken for a frame.
   *
   * @returns False if another thread is just taking frames, for too long, or was
   * lost as well: call it again, in another turn.
   */
  recover(): boolean {
    this.#takers.forgetSpinning();
    const settled = this.#injector.settle();
    this.#takers.wakeSome(this.#injector.size);
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
}
