/**
 * Knocks: what wakes a thread that waits for one of several things.
 *
 * The protocol is in the folder's README, "Knocks".
 *
 * @module
 */

import { hold, release } from "./keep_alive.ts";
import { wordsOf } from "../memory/memory.ts";
import { Spinner } from "./spin.ts";
import {
  currentThread,
  indexOf,
  KNOCKS,
  RECORD_WORDS,
  SLICE,
  type ThreadId,
  type ThreadRegistry,
} from "./thread.ts";

/** The knocks of a thread, and how it knocks at others. */
export class Knocks {
  /** The thread. */
  readonly id: ThreadId;
  /** Its index. */
  readonly index: number;
  /** The records of all threads. */
  readonly threads: ThreadRegistry;
  /** The words of these records. */
  readonly records: Int32Array;
  readonly #at: number;
  readonly #spinner = new Spinner();
  readonly #tasks = new Set<() => void>();
  #sleeps = false;

  /** For {@linkcode ownKnocks}. */
  constructor(threads: ThreadRegistry, id: ThreadId) {
    this.id = id;
    this.index = indexOf(id);
    this.threads = threads;
    this.records = wordsOf(
      threads.handle,
      threads.handle.capacity * RECORD_WORDS,
    );
    this.#at = this.index * RECORD_WORDS + KNOCKS;
  }

  /** How often somebody has knocked, modulo 2^32. */
  get count(): number {
    return Atomics.load(this.records, this.#at);
  }

  /** Wakes the thread with this index if it waits for a knock. */
  tell(index: number): void {
    if (index >= this.threads.handle.capacity) return;
    const at = index * RECORD_WORDS + KNOCKS;
    Atomics.add(this.records, at, 1);
    Atomics.notify(this.records, at);
  }

  /**
   * Blocks until somebody knocks.
   *
   * @param seen The count before the caller looked.
   * @param longest How long to sleep, in ms.
   */
  wait(seen: number, longest: number): void {
    const { rounds } = this.#spinner;
    for (let round = 0; round < rounds; round++) {
      Atomics.pause?.();
      if (this.count !== seen) return this.#spinner.succeeded(round);
    }
    const start = performance.now();
    Atomics.wait(this.records, this.#at, seen, longest);
    this.#spinner.failed(performance.now() - start);
  }

  /**
   * Calls a function at each knock from now on, and at least once in a slice. It
   * must not look at anything itself, but let somebody look later.
   */
  listen(task: () => void): void {
    this.#tasks.add(task);
    if (!this.#sleeps) this.#sleep();
  }

  /** Undoes {@linkcode listen}. */
  forget(task: () => void): void {
    this.#tasks.delete(task);
  }

  /** One sleep for all tasks: as it cannot be withdrawn, it serves the next ones. */
  async #sleep(): Promise<void> {
    this.#sleeps = true;
    while (this.#tasks.size > 0) {
      const seen = this.count;
      const sleep = Atomics.waitAsync(this.records, this.#at, seen, SLICE);
      if (sleep.async) await sleep.value;
      for (const task of this.#tasks) task();
    }
    this.#sleeps = false;
  }
}

const known = new WeakMap<object, Knocks>();

/** The knocks of this thread. */
export function ownKnocks(): Knocks {
  const thread = currentThread();
  let knocks = known.get(thread);
  if (knocks === undefined) {
    known.set(thread, knocks = new Knocks(thread.threads, thread.id));
  }
  return knocks;
}

/** A task that waits for knocks, without blocking its thread. */
export class KnockedTask implements Disposable {
  readonly #knocks: Knocks;
  readonly #signal: AbortSignal | undefined;
  readonly #told = () => {
    this.#isTold = true;
    this.#wake?.();
  };
  #isTold = false;
  #wake: (() => void) | undefined;

  /** Listens from now on; holds the event loop. */
  constructor(knocks: Knocks, signal: AbortSignal | undefined) {
    this.#knocks = knocks;
    this.#signal = signal;
    knocks.listen(this.#told);
    signal?.addEventListener("abort", this.#told);
    hold();
  }

  /** To be called before the caller looks: knocks before it do not count. */
  begin(): void {
    this.#isTold = false;
  }

  /**
   * Waits for a knock since {@linkcode begin}, or for the signal.
   *
   * @param longest How long at most, in ms; never longer than a slice.
   */
  async wait(longest: number): Promise<void> {
    if (this.#isTold) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = longest < SLICE ? setTimeout(resolve, longest) : undefined;
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }

  /** Listens no more. */
  [Symbol.dispose](): void {
    this.#knocks.forget(this.#told);
    this.#signal?.removeEventListener("abort", this.#told);
    release();
  }
}
