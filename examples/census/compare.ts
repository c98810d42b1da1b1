/**
 * What a call through the runtime costs, beside a `postMessage` by hand.
 *
 * @module
 */

import type { Runtime } from "../../mod.ts";
import { echo } from "./echo.ts";
import { RawWorker } from "./raw_worker.ts";

/** Rounds that warm both sides up, and rounds that count. */
const ROUNDS = { warmUp: 2, measured: 7 };
/** Calls in a round, one after the other. */
const ONE_BY_ONE = 150;
/** Calls in a round, with so many in flight. */
const STREAM = { calls: 1536, inFlight: 64 };

type Increment = (x: number) => Promise<number>;

/** What a call costs, in microseconds: medians of alternating rounds. */
export interface CallCosts {
  /** From a call to its answer, with nothing else in flight. */
  readonly oneInFlight: Costs;
  /** For each of many calls, of which 64 are in flight. */
  readonly manyInFlight: Costs;
}

/** The costs of one call, in microseconds. */
export interface Costs {
  /** Through the runtime, to some instance. */
  readonly runtime: number;
  /** Through `postMessage`, to a worker of its own. */
  readonly postMessage: number;
}

/** Measures calls; that takes about a fifth of a second. */
export async function compareCalls(runtime: Runtime): Promise<CallCosts> {
  const family = await runtime.link(echo);
  using worker = new RawWorker();
  const callers: Record<keyof Costs, Increment> = {
    postMessage: (x) => worker.increment(x),
    runtime: (x) => family.any().increment(x),
  };
  return {
    oneInFlight: await alternate(callers, oneByOne),
    manyInFlight: await alternate(callers, stream),
  };
}

/** Measures both sides in turn, so that a noisy moment hits both. */
async function alternate(
  callers: Record<keyof Costs, Increment>,
  measure: (increment: Increment) => Promise<number>,
): Promise<Costs> {
  const times = { runtime: [] as number[], postMessage: [] as number[] };
  for (let round = -ROUNDS.warmUp; round < ROUNDS.measured; round++) {
    for (const side of ["postMessage", "runtime"] as const) {
      const time = await measure(callers[side]);
      if (round >= 0) times[side].push(time);
    }
  }
  return {
    runtime: median(times.runtime),
    postMessage: median(times.postMessage),
  };
}

async function oneByOne(increment: Increment): Promise<number> {
  const start = performance.now();
  for (let x = 0; x < ONE_BY_ONE; x++) await increment(x);
  return (performance.now() - start) * 1000 / ONE_BY_ONE;
}

/** As the requests of a server would: each answer makes room for the next call. */
async function stream(increment: Increment): Promise<number> {
  let left = STREAM.calls;
  async function loop(): Promise<void> {
    while (left-- > 0) await increment(left);
  }
  const start = performance.now();
  await Promise.all(Array.from({ length: STREAM.inFlight }, loop));
  return (performance.now() - start) * 1000 / STREAM.calls;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
