/**
 * Programs whose threads have an end of a channel each and call its methods; every
 * history must be one of a channel that does one call at a time.
 *
 * @module
 */

import { assert, assertInstanceOf } from "@std/assert";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { ModelError, type ModelThread } from "./explorer.ts";
import { linearizable, type SequentialModel } from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import {
  crewOf,
  type Ending,
  explored as exploredAll,
  markLost,
} from "./program.ts";

/** A method and its arguments; `"signal"` among them stands for options with one. */
export type Call = readonly [name: string, ...args: unknown[]];

/** What a thread does. */
export interface Role<H> {
  /** Opens the thread's end. */
  readonly open: (handle: H) => object;
  /** What it calls on it, in this order. */
  readonly calls: readonly Call[];
  /** After how many atomic operations the thread is lost. */
  readonly dies?: number;
}

/** A program, and what models it. */
export interface Scene<H, S> {
  /** Makes the channel, as the fourth thread. */
  readonly setup: (crew: readonly CurrentThread[]) => H;
  readonly roles: readonly Role<H>[];
  /** What the channel does; inputs are calls with the thread's index in front. */
  readonly model: SequentialModel<S, unknown, unknown>;
  /** What is still called at the end of each schedule. */
  readonly rest?: (handle: H) => readonly [input: unknown, output: unknown][];
  readonly check?: (results: readonly (readonly unknown[])[]) => void;
  readonly preemptions?: number;
  readonly timeouts?: number;
  readonly expireTimeouts?: boolean | readonly number[];
  readonly maxSteps?: number;
}

/** How a program ended: the results of all calls. */
export type Ends = Ending<never>;

/** Turns what a call throws into what it answers. */
function answerOf(error: unknown): string {
  if (!(error instanceof Error)) throw error;
  if (error.name === "LaggedError") {
    return `missed ${(error as Error & { missed: number }).missed}`;
  }
  if (error.name === "ChannelClosedError") return "closed";
  if (error instanceof DOMException) return error.name;
  throw error;
}

/** Calls that gave up did nothing. */
function gaveUp(output: unknown): boolean {
  return output === "AbortError" || output === "TimeoutError";
}

/** The program of a scene. */
export function programOf<H, S>(scene: Scene<H, S>): Ends {
  let crew: CurrentThread[] = [];
  const ends = new Set<string>();

  function callOn(end: object, call: Call, thread: ModelThread): unknown {
    const [name, ...given] = call;
    const args = given.map((argument) =>
      argument === "signal" ? { signal: thread.signal() } : argument
    );
    const method = (end as Record<string, (...args: unknown[]) => unknown>)[
      name
    ]!;
    return thread.call([thread.index, ...call], () => {
      try {
        const result = method.apply(end, args);
        return result instanceof Promise ? result.catch(answerOf) : result;
      } catch (error) {
        return answerOf(error);
      }
    });
  }

  const bodies = scene.roles.map(({ open, calls, dies }) => {
    const inTurn = async (handle: H, thread: ModelThread) => {
      const end = open(handle);
      const results: unknown[] = [];
      for (const call of calls) results.push(await callOn(end, call, thread));
      return results;
    };
    const run = (handle: H, thread: ModelThread) => {
      const end = open(handle);
      return calls.map((call) => callOn(end, call, thread));
    };
    if (calls.some(([name]) => name.endsWith("Async"))) return inTurn;
    if (dies === undefined) return run;
    return mortal(dies, run, (thread) => {
      markLost(crew[thread]!);
    });
  });

  const program: Ending<H> = {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      return scene.setup(crew);
    },
    threads: bodies,
    check: (handle, results, history) => {
      becomeThread(crew[3]!);
      const events = history.filter(({ output }) => !gaveUp(output));
      const end = Math.max(
        0,
        ...history.map(({ call, ret }) => ret === Infinity ? call : ret),
      );
      const rest = scene.rest?.(handle) ?? [];
      const all = [
        ...events,
        ...rest.map(([input, output], k) => ({
          call: end + 2 * k + 1,
          ret: end + 2 * k + 2,
          input,
          output,
        })),
      ];
      assert(linearizable(all, scene.model), JSON.stringify(all));
      scene.check?.(results as unknown[][]);
      ends.add(JSON.stringify(results));
    },
    timeouts: scene.timeouts ?? 0,
    expireTimeouts: scene.expireTimeouts ?? [],
    maxSteps: scene.maxSteps ?? 1000,
    ...(scene.preemptions === undefined
      ? {}
      : { preemptions: scene.preemptions }),
  };
  return program as unknown as Ends;
}

/** Explores all of a program; returns its ends. */
export async function explored(program: Ends): Promise<Set<string>> {
  await exploredAll(program);
  return program.ends;
}

/** The same for a scene that ends in more than one way. */
export async function holds<H, S>(scene: Scene<H, S>): Promise<Set<string>> {
  const ends = await explored(programOf(scene));
  assert(ends.size > 1, [...ends].join());
  return ends;
}

/** The same scene, whose first thread is lost after so many steps. */
export function withLoss<H, S>(
  dies: number | undefined,
  scene: Scene<H, S>,
): Scene<H, S> {
  if (dies === undefined) return scene;
  const [first, ...others] = scene.roles;
  return { ...scene, roles: [{ ...first!, dies }, ...others] };
}

/**
 * Asserts that a program is refused for one of the numbers of steps after which a
 * thread is lost.
 *
 * @param explores Explores the program for one of them.
 */
export async function refusesLoss(
  numbers: Iterable<number>,
  explores: (dies: number) => Promise<unknown>,
): Promise<void> {
  for (const dies of numbers) {
    try {
      await explores(dies);
    } catch (error) {
      assertInstanceOf(error, ModelError);
      return;
    }
  }
  assert(false, "No program is refused");
}

/** The numbers from one up to another, without that. */
export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, k) => from + k);
}

/**
 * Explores a program for each number of steps after which its first thread may be
 * lost, until it is lost no more.
 */
export async function losing<H, S>(
  sceneFor: (dies: number) => Scene<H, S>,
): Promise<void> {
  for (let dies = 0;; dies++) {
    const ends = await explored(programOf(sceneFor(dies)));
    const lost = [...ends].filter((end) => end.startsWith('["lost"'));
    if (lost.length === 0) {
      assert(dies > 1);
      return;
    }
  }
}
