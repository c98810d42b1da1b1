/**
 * The calls that model threads have recorded.
 *
 * @module
 */

import { CALL, CLOCK, RETURN, type ThreadState } from "./thread_state.ts";

/** A recorded call: an event of a history for `linearizable()`. */
export interface ModelCall {
  /** The thread that made it. */
  readonly thread: number;
  /** As the program gave it. */
  readonly input: unknown;
  /** What it returned; undefined if it never did. */
  readonly output: unknown;
  /** Its first step. */
  readonly call: number;
  /** Its last step; infinite if it never returned. */
  readonly ret: number;
}

/**
 * All recorded calls. A call begins with its first step and not where the
 * program makes it, so that its interval is as short as it can be.
 */
export function historyOf(threads: readonly ThreadState[]): ModelCall[] {
  return threads.flatMap(({ log }, thread) => {
    const calls:
      (ModelCall & { output: unknown; call: number; ret: number })[] = [];
    let open: { call: number }[] = [];
    let last = 0;
    for (let i = 0; i < log.length; i++) {
      const code = log.codes[i]!;
      if (code === CALL) {
        const { input } = log.values[i] as { input: unknown };
        const call = {
          thread,
          input,
          output: undefined,
          call: Infinity,
          ret: Infinity,
        };
        calls.push(call);
        open.push(call);
      } else if (code === RETURN) {
        const { id, output } = log.values[i] as { id: number; output: unknown };
        const call = calls[id]!;
        call.output = output;
        call.ret = last;
        open = open.filter((other) => other !== call);
        // Without a step of its own it lies between two others.
        if (call.call > last) call.call = call.ret = last + 0.5;
      } else if (code > CLOCK) {
        last = log.steps[i]!;
        for (const call of open) call.call = last;
        open = [];
      }
    }
    return calls;
  });
}
