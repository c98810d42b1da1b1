/**
 * The turns of inline workers: what they have to do, in order, on the calling
 * thread.
 *
 * @module
 */

import { enterRuntime } from "../runtime/inside.ts";
import { inHome } from "../local/current_home.ts";
import type { Home } from "../local/home.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import { enterTask } from "../tasks/task_context.ts";

/** Something that an inline worker has to do. */
export interface Turn {
  /** Who has to do it. */
  readonly worker: number;
  /** Does it, or begins to. Never throws. */
  run(): void;
}

/** The turns of all inline workers of a runtime. */
export class InlineTurns {
  /** The runtime, once there is one. */
  face: RuntimeFace | undefined;
  /** What each of the workers owns. */
  readonly homes: Home[];
  readonly #waiting = new Set<Turn>();
  /** Whose turns are on the stack, from the outermost on. */
  readonly #stack: number[] = [];

  /** None yet, of workers with these homes. */
  constructor(homes: Home[]) {
    this.homes = homes;
  }

  /** The worker whose turn it is at this moment; -1: none's. */
  get current(): number {
    return this.#stack.at(-1) ?? -1;
  }

  /** Whether a turn of a worker is on the stack: that one cannot begin another. */
  isBusy(worker: number): boolean {
    return this.#stack.includes(worker);
  }

  /** Whether a turn has not begun. */
  isWaiting(turn: Turn): boolean {
    return this.#waiting.has(turn);
  }

  /** Runs a turn after this one, as if it came from another thread. */
  add(turn: Turn): void {
    this.#waiting.add(turn);
    queueMicrotask(() => this.begin(turn));
  }

  /** Begins a turn, unless that was done. */
  begin(turn: Turn): void {
    if (this.#waiting.delete(turn)) this.within(turn.worker, () => turn.run());
  }

  /** Runs what goes on of a turn of a worker. */
  within<R>(worker: number, run: () => R): R {
    this.#stack.push(worker);
    const task = enterTask(undefined);
    const runtime = enterRuntime(this.face);
    try {
      return inHome(this.homes[worker]!, run);
    } finally {
      enterRuntime(runtime);
      enterTask(task);
      this.#stack.pop();
    }
  }

  /** Begins all turns of a worker up to one of them, in order. */
  beginUpTo(last: Turn): void {
    for (const turn of [...this.#waiting]) {
      if (turn.worker === last.worker) this.begin(turn);
      if (turn === last) return;
    }
  }
}
