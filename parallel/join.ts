/**
 * Two functions, possibly at the same time.
 *
 * @module
 */

import type { ClosureOnce } from "../aware/closure.ts";
import type { FunctionDefinition } from "../workers/functions/function_definition.ts";
import type { LoadedFunction } from "../workers/functions/loaded_function.ts";
import { type AnyFunction, portable } from "../workers/functions/portable.ts";
import type { IfPortable } from "../workers/functions/sent_function.ts";
import type { Task } from "../workers/tasks/task.ts";
import { checkFunction } from "./checks.ts";
import { explained } from "./plan/loop.ts";
import { portableFunction, receivedFunction } from "./plan/plan_function.ts";
import { isAbsence } from "./run/absence.ts";
import { Claims, type ClaimsHandle } from "./run/claims.ts";
import { crewFor } from "./run/crew.ts";
import {
  checkParallelOptions,
  type ParallelOptions,
} from "./run/parallel_options.ts";
import { unsentResult } from "./run/unsent_result.ts";

/** Options of `par.join()`. */
export type JoinOptions = Pick<ParallelOptions, "runtime">;

/**
 * A function that a worker may run, and whose result comes back.
 *
 * @typeParam R What it returns, or what a promise of it resolves to.
 */
export type JoinedFunction<R> =
  & (() => R)
  & IfPortable<Awaited<R>, "what it returns cannot be sent to another thread">;

/** What a worker gets. */
interface Second {
  /** Tells whether it is still wanted. */
  readonly claims: ClaimsHandle;
  /** A closure goes as it is. */
  readonly fn: FunctionDefinition | ClosureOnce;
}

/** The result; undefined if the worker came too late. */
type Outcome = readonly [result: unknown] | undefined;

/** Runs a function that another thread offers, if it is still wanted. */
export const runSecond: (second: Second) => Promise<Outcome> = portable(
  import.meta.url,
  async function runSecond({ claims, fn }: Second): Promise<Outcome> {
    if (!new Claims(claims).begin(0)) return undefined;
    const isClosure = typeof fn === "function";
    return [await called(isClosure ? fn : await receivedFunction(fn))];
  },
);

/**
 * Runs two functions: the first one here, the second one on a worker if one comes for
 * it in time, else here as well.
 */
export async function join<A, B>(
  a: () => A,
  b: JoinedFunction<B>,
  options: JoinOptions = {},
): Promise<[Awaited<A>, Awaited<B>]> {
  checkFunction("join", "a", a);
  checkFunction("join", "b", b);
  checkParallelOptions(options);
  const first = portableFunction(a)?.loaded ?? a;
  const second = portableFunction(b);
  const claims = Claims.make(0, 1, 1);
  let task: Task<Outcome> | undefined;
  let isLate = false;
  // How long they take nobody knows: who joins them thinks that it is worth a worker.
  crewFor(options.runtime, Infinity).whenThere((runtime) => {
    if (isLate) return;
    const fn = second?.sent ?? (b as unknown as ClosureOnce);
    task = runtime.spawn(runSecond, { claims: claims.handle, fn });
    task.catch(() => {}); // it is looked at below
  });
  // What was sent leaves at the end of this turn of microtasks.
  await undefined;
  const [ofA] = await Promise.allSettled([called(first)]);
  isLate = true;
  const hasBegun = !claims.dismiss(0);
  const [ofB] = await Promise.allSettled([
    hasBegun
      ? task!.then((outcome) => {
        claims.release();
        return outcome![0];
      }, (error) => {
        // If the worker was lost, it may be a thread that was given up and still runs.
        if (!isAbsence(error)) claims.release();
        throw unsentResult(error, runSecond.name, "what 'b' returned");
      })
      : withdrawn(task, claims).then(() => called(second?.loaded ?? b)),
  ]);
  if (ofA.status === "rejected") throw ofA.reason;
  if (ofB.status === "rejected") throw ofB.reason;
  return [ofA.value as Awaited<A>, ofB.value as Awaited<B>];
}

/**
 * Takes back what no worker has begun.
 *
 * @throws {TypeError} If it could not be sent at all, whoever would have come.
 */
async function withdrawn(
  task: Task<Outcome> | undefined,
  claims: Claims,
): Promise<void> {
  claims.release();
  task?.cancel();
  if (task?.state !== "failed") return;
  const error = await task.then(() => {}, (error) => error);
  if (!isAbsence(error)) throw error;
}

/** Calls a function; what it throws is explained. */
async function called(fn: LoadedFunction | AnyFunction): Promise<unknown> {
  if (typeof fn === "function") return await fn();
  const { run } = fn;
  try {
    return await run();
  } catch (error) {
    throw explained(error, [fn]);
  }
}
