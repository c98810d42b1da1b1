/**
 * Noticing that a worker of a server does nothing any more: a handler loops or blocks there.
 *
 * Time is counted in looks of this thread, of which each worker has several chances to show
 * that it goes on: a machine that slept, or a thread that had no processor, is no stall.
 *
 * @module
 */

import { BEAT, type Board } from "./board.ts";

/** What is watched. */
export interface StallWatchOptions {
  /** Where workers show that they go on. */
  readonly board: Board;
  /** How many workers there are. */
  readonly size: () => number;
  /** How long one may show nothing, in ms. */
  readonly timeout: number;
  /** Is told who did not. */
  readonly onStall: (worker: number) => void;
}

/** What was seen of a worker. */
interface Seen {
  beats: number;
  /** So many looks ago. */
  looks: number;
}

/** Looks at all workers of a server now and then, without keeping the program alive. */
export class StallWatch implements Disposable {
  readonly #options: StallWatchOptions;
  readonly #seen = new Map<number, Seen>();
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  /** Begins to look. */
  constructor(options: StallWatchOptions) {
    this.#options = options;
    if (options.timeout === Infinity) return;
    this.#timer = setInterval(() => this.#look(), BEAT);
    (this.#timer as unknown as { unref?(): void }).unref?.();
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { board, size, timeout, onStall } = this.#options;
    for (let worker = 0; worker < size(); worker++) {
      const { state, beats } = board.at(worker);
      const seen = this.#seen.get(worker);
      const isAtWork = state === "listening" || state === "draining";
      if (!isAtWork || seen === undefined || seen.beats !== beats) {
        this.#seen.set(worker, { beats, looks: 0 });
      } else if (++seen.looks * BEAT >= timeout) {
        seen.looks = 0;
        onStall(worker);
      }
    }
  }
}
