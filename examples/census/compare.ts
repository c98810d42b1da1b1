/**
 * What a call through the runtime costs, beside a `postMessage` by hand.
 *
 * @module
 */

import type { Runtime } from "../../mod.ts";
import { echo } from "./echo.ts";
import { RawWorker } from "./raw_worker.ts";

/** How often both sides are measured. */
const ROUNDS = 7;
/** How long a round takes at least, in ms. */
const ROUND = 10;
/** How long each side is warmed up, in ms: the engine compiles what runs often. */
const WARM_UP = 150;
/** How many calls are in flight where there are many. */
const MANY = 64;

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

/** Measures calls; that takes about a second. */
export async function compareCalls(runtime: Runtime): Promise<CallCosts> {
  const family = await runtime.link(echo);
  using worker = new RawWorker();
  const callers: Record<keyof Costs, Increment> = {
    postMessage: (x) => worker.increment(x),
    runtime: (x) => family.any().increment(x),
  };
  return {
    oneInFlight: await alternate(callers, 1),
    manyInFlight: await alternate(callers, MANY),
  };
}

/** Measures both sides in turn, so that a noisy moment hits both. */
async function alternate(
  callers: Record<keyof Costs, Increment>,
  inFlight: number,
): Promise<Costs> {
  const sides = (["postMessage", "runtime"] as const).map((name) => ({
    measure: (calls: number) => stream(callers[name], calls, inFlight),
    calls: 0,
    times: [] as number[],
  }));
  for (const side of sides) side.calls = await callsInARound(side.measure);
  for (let round = 0; round < ROUNDS; round++) {
    for (const { measure, calls, times } of sides) {
      times.push(await measure(calls) * 1000 / calls);
    }
  }
  const [postMessage, runtime] = sides.map(({ times }) => median(times));
  return { runtime: runtime!, postMessage: postMessage! };
}

/** Warms a side up until it is known how many calls a round takes. */
async function callsInARound(
  measure: (calls: number) => Promise<number>,
): Promise<number> {
  let calls = MANY;
  for (let time = 0; time < WARM_UP;) {
    const round = await measure(calls);
    time += round;
    if (round < ROUND) calls *= 2;
  }
  return calls;
}

/**
 * Makes calls as the requests to a server would: each answer makes room for the
 * next one. Returns how long that took, in ms.
 */
async function stream(
  increment: Increment,
  calls: number,
  inFlight: number,
): Promise<number> {
  let left = calls;
  async function loop(): Promise<void> {
    while (left-- > 0) await increment(left);
  }
  const start = performance.now();
  await Promise.all(Array.from({ length: inFlight }, loop));
  return performance.now() - start;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
