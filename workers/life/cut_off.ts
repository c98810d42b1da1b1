/**
 * Threads that do not stop: kept from harm, and cut off when the program ends.
 *
 * @module
 */

import { platform } from "../../ffi/detect.ts";

/** What Deno has to end a program. */
interface Ending {
  exit?(code?: number): never;
  exitCode?: number;
}

const threads: (number | undefined)[] = [];

/**
 * A worker was terminated and may go on all the same, in a loop without end: from now
 * on it runs only where nobody else wants to, and it does not keep the program from
 * ending, whose exit code stays what it is.
 *
 * @param threadId The operating system's id of its thread, where known.
 */
export function cutOff(threadId: number | undefined): void {
  if (threadId !== undefined) platform().setSchedulingOf(threadId, "idle");
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
    // A test runner does not allow it, and ends them by itself.
  }
}

/** No other thread of the process gets its id while it runs. */
function mayRun(threadId: number | undefined): boolean {
  const os = platform();
  return threadId === undefined || os.threadId() === undefined ||
    os.schedulingOf(threadId) !== undefined;
}
