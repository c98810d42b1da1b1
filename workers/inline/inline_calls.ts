/**
 * What is under way on inline workers.
 *
 * @module
 */

import { RuntimeClosedError } from "../errors.ts";
import type { Patience } from "../life/patience.ts";
import {
  addBatchRecorder,
  removeBatchRecorder,
} from "../stats/batch_recorders.ts";
import type { Stats } from "../stats/stats.ts";
import { InlineStats } from "./inline_stats.ts";

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
  /** With their tickets, see `Recorder.called()`. */
  readonly #underWay = new Map<InlineCall, number>();
  /** Those that run, with their tickets, see `Recorder.started()`. */
  readonly #running = new Map<InlineCall, number>();
  readonly #stats = new InlineStats();
  readonly #load: number[];
  readonly #quiet = new Map<number, () => void>();
  #settled: (() => void) | undefined;
  #size: number;

  /** None yet, to so many workers. */
  constructor(size: number) {
    addBatchRecorder(this.#stats.caller);
    this.#load = new Array<number>(size).fill(0);
    this.#size = size;
  }

  /** A worker with the fewest of them. */
  pick(): number {
    const load = this.#load.slice(0, this.#size);
    return load.indexOf(Math.min(...load));
  }

  /** There are so many workers from now on. Resolves when the others have done all. */
  async resize(size: number): Promise<void> {
    const { length } = this.#load;
    while (this.#load.length < size) this.#load.push(0);
    const left: Promise<void>[] = [];
    for (let worker = size; worker < length; worker++) {
      if (this.#load[worker] === 0) continue;
      left.push(new Promise((done) => this.#quiet.set(worker, done)));
    }
    this.#size = size;
    await Promise.all(left);
    if (this.#size === size) this.#load.length = size;
  }

  /** How much a worker has to do, or all of them. */
  loadOf(worker: number): number {
    return worker < 0 ? this.#underWay.size : this.#load[worker]!;
  }

  /** One was made. */
  add(call: InlineCall): void {
    this.#underWay.set(call, this.#stats.caller.called());
    this.#load[call.worker]!++;
  }

  /** One starts. */
  start(call: InlineCall): void {
    this.#running.set(call, this.#stats.worker(call.worker).started());
  }

  /** One has ended that had started, or never will. */
  end(call: InlineCall, how: "done" | "failed" | "cancelled"): void {
    const worker = this.#stats.worker(call.worker);
    const ticket = this.#running.get(call);
    if (ticket === undefined) return worker.skipped();
    this.#running.delete(call);
    worker[how](ticket);
  }

  /** What was done so far. */
  stats(): Stats {
    return this.#stats.read(this.#load);
  }

  /** One was answered. */
  remove(call: InlineCall): void {
    const ticket = this.#underWay.get(call);
    if (ticket === undefined) return;
    this.#underWay.delete(call);
    this.#stats.caller.settled(ticket);
    const left = --this.#load[call.worker]!;
    if (left === 0) this.#quiet.get(call.worker)?.();
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
    for (const call of [...this.#underWay.keys()]) {
      this.remove(call);
      call.reject(new RuntimeClosedError("complete call"));
    }
    removeBatchRecorder(this.#stats.caller);
  }
}
