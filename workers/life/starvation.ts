/**
 * Whether a thread had a chance to do something: on a busy machine it may not have
 * run at all.
 *
 * @module
 */

import { platform } from "../../ffi/detect.ts";

/** So much time on a processor is a chance, in ms. */
const CHANCE = 5;

/** Looks at one thread from a moment on. */
export class Chance {
  readonly #threadId: number | undefined;
  readonly #start: number | undefined;

  /**
   * From now on.
   *
   * @param threadId The operating system's id of the thread, where known.
   */
  constructor(threadId: number | undefined) {
    this.#threadId = threadId;
    this.#start = timeOf(threadId);
  }

  /**
   * Whether it had one since. True also for a thread that sleeps, and where the
   * system does not tell.
   */
  get was(): boolean {
    const time = timeOf(this.#threadId);
    if (time === undefined || this.#start === undefined) return true;
    return time - this.#start >= CHANCE || !isRunnable(this.#threadId!);
  }
}

/** How long a thread has been on processors, in ms. */
function timeOf(threadId: number | undefined): number | undefined {
  if (threadId === undefined) return undefined;
  const text = platform().readFile(`/proc/self/task/${threadId}/schedstat`);
  const time = Number(text?.split(" ")[0]) / 1e6;
  return time > 0 ? time : undefined;
}

function isRunnable(threadId: number): boolean {
  const text = platform().readFile(`/proc/self/task/${threadId}/stat`);
  return text === undefined || /\) R /.test(text);
}
