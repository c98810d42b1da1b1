/**
 * Programs whose threads call the same object: every history must be one of an
 * object that does one call at a time, with what is left in it at the end.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import {
  type HistoryEvent,
  linearizable,
  type SequentialModel,
} from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import { type Bounds, boundsOf, type Ending, markLost } from "./program.ts";

/** What threads put in and take out. */
export interface Container {
  readonly size: number;
  tryPop(): number | undefined;
}

/**
 * What threads call, and what models it.
 *
 * @typeParam H Names the object.
 * @typeParam O The object, as a thread has it.
 * @typeParam C A call.
 * @typeParam S What the model keeps.
 */
export interface Calling<H, O extends Container, C, S> extends Bounds {
  /** The threads of the schedule; the last one makes the object, and looks at it. */
  readonly crew: () => readonly CurrentThread[];
  readonly setup: () => H;
  readonly attach: (handle: H) => O;
  readonly callOn: (object: O, call: C) => unknown;
  /** Whether a thread that does this call is an event loop. */
  readonly isAsync?: (call: C) => boolean;
  readonly model: SequentialModel<S, unknown, unknown>;
  /** The call that takes what is left at the end. */
  readonly pop: C;
  /** The most that is ever in it. */
  readonly most: number;
  /** The first thread is lost after so many operations. */
  readonly lost?: number | undefined;
}

/** Threads that do their calls one after the other. */
export function callsBy<H, O extends Container, C, S>(
  threads: readonly (readonly C[])[],
  calling: Calling<H, O, C, S>,
): Ending<H> {
  const { crew, attach, callOn, isAsync, lost } = calling;
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew()[thread]!),
    setup: calling.setup,
    threads: threads.map((list, k) => {
      const run = (handle: H, thread: ModelThread) => {
        const object = attach(handle);
        return list.map((call) =>
          thread.call(call, () => callOn(object, call))
        );
      };
      const inTurn = async (handle: H, thread: ModelThread) => {
        const object = attach(handle);
        const results: unknown[] = [];
        for (const call of list) {
          results.push(await thread.call(call, () => callOn(object, call)));
        }
        return results;
      };
      if (isAsync !== undefined && list.some(isAsync)) return inTurn;
      if (k > 0 || lost === undefined) return run;
      return mortal(lost, run, (thread) => markLost(crew()[thread]!));
    }),
    check: (handle, results, history) => {
      becomeThread(crew().at(-1)!);
      const rest = drained(attach(handle), calling.most);
      const all = withRest(history, rest, calling.pop);
      assert(linearizable(all, calling.model), JSON.stringify(all));
      ends.add(JSON.stringify(results));
    },
    ...boundsOf(calling),
  };
}

/** Takes all that is left, of which there is as much as it says. */
export function drained(object: Container, most: number): number[] {
  const { size } = object;
  const rest: number[] = [];
  for (;;) {
    const value = object.tryPop();
    if (value === undefined) break;
    rest.push(value);
    assert(rest.length <= most);
  }
  assertEquals(size, rest.length);
  return rest;
}

/** A history, and what was taken after it until there was nothing. */
export function withRest(
  history: readonly HistoryEvent<unknown, unknown>[],
  rest: readonly unknown[],
  pop: unknown,
): HistoryEvent<unknown, unknown>[] {
  const ended = history.map(({ ret }) => ret).filter(Number.isFinite);
  const end = Math.max(0, ...ended);
  const emptied = [...rest, undefined].map((output, k) => ({
    call: end + 2 * k + 1,
    ret: end + 2 * k + 2,
    input: pop,
    output,
  }));
  return [...history, ...emptied];
}
