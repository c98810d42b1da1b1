/**
 * How many calls of a thread each worker has, and which worker is to get the next
 * one.
 *
 * @module
 */

import { runsElsewhere } from "../../sync/thread/thread.ts";
import type { Directory } from "./directory.ts";

/** More than the rank of any worker that runs. */
const REPLACING = 2 ** 32;

/** What the loads are told. */
export interface WorkerLoadsOptions {
  /** The slot of this thread. */
  readonly slot: number;
  /** Who the workers are. */
  readonly directory: Directory;
  /** The node of each worker that there could be. */
  readonly nodes: readonly (number | undefined)[];
}

/** The calls of this thread that are bound to workers, in numbers. */
export class WorkerLoads {
  readonly #options: WorkerLoadsOptions;
  readonly #loads: number[];
  #lastPick = 0;

  /** No worker has any. */
  constructor(options: WorkerLoadsOptions) {
    this.#options = options;
    this.#loads = new Array<number>(options.directory.most).fill(0);
  }

  /** How many a worker has. */
  of(worker: number): number {
    return this.#loads[worker]!;
  }

  /** A worker has one more. */
  add(worker: number): void {
    this.#loads[worker]!++;
  }

  /** A worker has one less. */
  remove(worker: number): void {
    this.#loads[worker]!--;
  }

  /** No worker has any. */
  clear(): void {
    this.#loads.fill(0);
  }

  /** Whether no worker has any. */
  get areZero(): boolean {
    return this.#loads.every((load) => load === 0);
  }

  /**
   * The worker to which a call goes that any of them can do: one with the fewest
   * calls of this thread under way. Of these the last one that was picked, which
   * is still warm, unless it shares its processor with this thread; and else the
   * next in turn. One that is being replaced only if none runs.
   *
   * @param node Only workers on this node, if there are some.
   */
  pick(node?: number): number {
    const { size } = this.#options.directory;
    if (node !== undefined) return this.#pickNear(node);
    const last = this.#lastPick < size ? this.#lastPick : 0;
    let best = last;
    let rank = this.#rank(best);
    for (let k = 1; k < size && rank > 0; k++) {
      const worker = (last + k) % size;
      const other = this.#rank(worker);
      if (other < rank) {
        best = worker;
        rank = other;
      }
    }
    return this.#lastPick = best;
  }

  #pickNear(node: number): number {
    const { directory: { size }, nodes } = this.#options;
    let best = -1;
    for (let worker = 0; worker < size; worker++) {
      if (nodes[worker] !== node) continue;
      if (best < 0 || this.#rank(worker) < this.#rank(best)) best = worker;
    }
    return best < 0 ? this.pick() : best;
  }

  #rank(worker: number): number {
    const { directory, slot: here } = this.#options;
    const load = this.#loads[worker]!;
    const slot = directory.openSlotOf(worker);
    if (slot < 0) {
      return directory.hasFailed(worker) ? Infinity : REPLACING + load;
    }
    // This thread is busy, since it asks.
    if (slot === here) return 2 * load + 3;
    return 2 * load + (runsElsewhere(directory.threadOf(worker)) ? 0 : 1);
  }
}
