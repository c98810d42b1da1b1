/**
 * What is under way on inline workers.
 *
 * @module
 */

import { RuntimeClosedError } from "./errors.ts";
import type { Patience } from "./patience.ts";

/** Somebody waits for it. */
export interface InlineCall {
  /** Who has to do it. */
  readonly worker: number;
  /** Rejects it, as the runtime is closed. */
  reject(reason: Error): void;
}

/** All calls and tasks that were made and not answered. */
export class InlineCalls {
  /** Whether no more are taken. */
  closed = false;
  readonly #underWay = new Set<InlineCall>();
  readonly #load: number[];
  #settled: (() => void) | undefined;

  /** None yet, to so many workers. */
  constructor(size: number) {
    this.#load = new Array<number>(size).fill(0);
  }

  /** A worker with the fewest of them. */
  pick(): number {
    return this.#load.indexOf(Math.min(...this.#load));
  }

  /** One was made. */
  add(call: InlineCall): void {
    this.#underWay.add(call);
    this.#load[call.worker]!++;
  }

  /** One was answered. */
  remove(call: InlineCall): void {
    if (!this.#underWay.delete(call)) return;
    this.#load[call.worker]!--;
    if (this.#underWay.size === 0) this.#settled?.();
  }

  /** Takes no more, and rejects what is not answered in time. */
  async close(patience: Patience): Promise<void> {
    this.closed = true;
    if (this.#underWay.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#settled = resolve;
      await patience.within(promise);
    }
    for (const call of [...this.#underWay]) {
      this.remove(call);
      call.reject(new RuntimeClosedError("complete call"));
    }
  }
}
