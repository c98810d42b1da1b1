/**
 * Threads that do not stop: kept from harm, and cut off when the program ends.
 *
 * @module
 */

import { platform } from "../../ffi/detect.ts";
import { endsAnyThread } from "../engine/worker_thread.ts";
import { whichAreGone } from "./life.ts";

/** What Deno has to end a program. */
interface Ending {
  exit?(code?: number): never;
  exitCode?: number;
}

/** A timer that does not keep a program from ending, where timers can. */
interface RefTimer {
  unref?(): void;
}

/** How long the engine may need for a thread that ends, in ms. */
const TIME_TO_END = 2000;

const threads: (number | undefined)[] = [];

/**
 * A worker was terminated and goes on all the same, in a loop without end: from now
 * on it runs only where nobody else wants to, and it does not keep the program from
 * ending, whose exit code stays what it is.
 *
 * @param threadId The operating system's id of its thread, where known.
 */
export function cutOff(threadId: number | undefined): void {
  if (endsAnyThread) return;
  keepFromHarm(threadId);
  endWithProgram(threadId);
}

/**
 * The same for one that should be gone by now, but may only be slow: it runs as ever
 * for a while. A thread that ends holds locks of the engine, and if it ran only where
 * nobody else wants to, it could hold them for long.
 *
 * @param life The lock that it holds for as long as it lives.
 */
export function cutOffIfItStays(
  threadId: number | undefined,
  life: string,
): void {
  if (endsAnyThread) return;
  endWithProgram(threadId);
  const timer: unknown = setTimeout(async () => {
    const gone = await whichAreGone([life]);
    if (!gone.has(life)) keepFromHarm(threadId);
  }, TIME_TO_END);
  (timer as RefTimer).unref?.();
}

function keepFromHarm(threadId: number | undefined): void {
  if (threadId !== undefined) platform().setSchedulingOf(threadId, "idle");
}

function endWithProgram(threadId: number | undefined): void {
  threads.push(threadId);
  if (threads.length === 1) globalThis.addEventListener("unload", endProgram);
}

/** The engine would wait for those threads after this. */
function endProgram(): void {
  const deno = (globalThis as { Deno?: Ending }).Deno;
  if (!threads.some(mayRun)) return;
  try {
    deno?.exit?.(deno.exitCode);
  } catch {
    // A test runner does not allow it, notes that, and ends them by itself.
  }
}

/** No other thread of the process gets its id while it runs. */
function mayRun(threadId: number | undefined): boolean {
  const os = platform();
  return threadId === undefined || os.threadId() === undefined ||
    os.schedulingOf(threadId) !== undefined;
}
