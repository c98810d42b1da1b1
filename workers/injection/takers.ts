/**
 * The threads that take unbound tasks: which of them sleep, and whom to wake.
 *
 * @module
 */

import type { IdleThreads } from "../../sync/mail/idle_threads.ts";
import type { InjectionMemory } from "./injection_memory.ts";

/** What is told of the thread that wakes others. */
export interface TakersOptions {
  /** The slot of this thread. */
  readonly slot: number;
  /** Wakes the thread in a slot. Returns false if it is not live. */
  readonly wake: (slot: number) => boolean;
  /** How many processors the threads share. */
  readonly parallelism: number;
}

/** The threads that take. */
export class Takers {
  /** Those that sleep in their event loops: they can run any task. */
  readonly idle: IdleThreads;
  /** Those that sleep in a join: they can run some tasks on their stacks. */
  readonly blocked: IdleThreads;
  /** Those that look for frames all the time. */
  readonly spinning: IdleThreads;
  readonly #wake: (slot: number) => boolean;
  /** More would only wait for a processor. Whoever takes a frame wakes another. */
  readonly #mostWoken: number;
  /** The slot behind the one that was woken last. */
  #turn: number;

  /** Attaches to their bits. */
  constructor(memory: InjectionMemory, options: TakersOptions) {
    const { slot, wake, parallelism } = options;
    this.idle = memory.threads(0);
    this.blocked = memory.threads(1);
    this.spinning = memory.threads(2);
    this.#wake = wake;
    this.#mostWoken = Math.max(1, parallelism - 1);
    this.#turn = slot + 1;
  }

  /** A slot is given to another thread. */
  forget(slot: number): void {
    this.idle.leave(slot);
    this.blocked.leave(slot);
    this.spinning.leave(slot);
  }

  /** One of those that spin may be lost. Those that do are woken for nothing once. */
  forgetSpinning(): void {
    while (this.spinning.claim(0) >= 0);
  }

  /** Whether some thread sleeps that could be woken for a frame. */
  get someSleep(): boolean {
    return !this.idle.isEmpty || !this.blocked.isEmpty;
  }

  /**
   * Wakes a thread for each frame, as far as some sleep.
   *
   * @param free Only those that can run any task.
   */
  wakeSome(frames: number, free: boolean = false): void {
    const left = frames - this.spinning.count;
    for (let more = Math.min(left, this.#mostWoken); more > 0; more--) {
      let slot: number;
      do {
        slot = this.idle.claim(this.#turn);
        if (slot < 0 && !free) slot = this.blocked.claim(this.#turn);
        if (slot < 0) return;
        this.#turn = slot + 1;
        // One that was lost asleep is claimed for nothing.
      } while (!this.#wake(slot));
    }
  }
}
