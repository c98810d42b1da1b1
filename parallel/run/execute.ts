/**
 * Running a plan: on this thread for as long as that is the fastest, then on all.
 *
 * @module
 */

import { explained, type LoopPlan, loopPlan } from "../plan/loop.ts";
import type { Node } from "../plan/node.ts";
import type { Plan } from "../plan/plan.ts";
import type { Sink } from "../sinks/sink.ts";
import { Claims } from "./claims.ts";
import { sentParam } from "./sent_memory.ts";
import { crewFor } from "./crew.ts";
import { Invited } from "./invited.ts";
import { Pace } from "./pace.ts";
import type { ParallelOptions } from "./parallel_options.ts";
import { type Job, type Part, work } from "./work.ts";

/** Others are asked for what takes longer, in ms: to wake them takes time, too. */
const WORTH_ASKING = 0.15;

/**
 * Runs a plan.
 *
 * @throws What a function throws: the first error, once all threads have ended.
 * @throws The reason of the signal, if that is aborted.
 */
export async function execute<P, R>(
  { node, options }: Plan,
  sink: Sink<P, R>,
): Promise<R> {
  const { signal, progress } = options;
  signal?.throwIfAborted();
  const params = sink.params.length === 0
    ? node.params
    : [...node.params, ...sink.params];
  const plan = loopPlan(node, sink, params);
  const job: Job = {
    loop: plan.loop,
    params,
    pace: new Pace(node.lengths, plan.perIndex, plan.brief),
    stops: sink.stops === true,
    parts: [],
    progress,
  };
  try {
    const at = options.eager === true ? 0 : alone(job, node.length);
    if (at < node.length) await together(job, at, node, plan, options);
    plan.perIndex = job.pace.learnt;
    plan.brief = job.pace.brief;
    signal?.throwIfAborted();
    const own = sink.params.length === 0
      ? sink.params
      : loadedParams(params, plan).slice(node.params.length);
    return sink.combine(inOrder(job.parts) as P[], own);
  } catch (error) {
    throw explained(error, plan.functions.map(([, { loaded }]) => loaded));
  }
}

/** Parameters with the functions that the loop has. */
function loadedParams(
  params: readonly unknown[],
  { functions }: LoopPlan,
): unknown[] {
  const all = [...params];
  for (const [place, { loaded }] of functions) all[place] = loaded.run;
  return all;
}

/**
 * Runs a plan on this thread, until it turns out that this takes long.
 *
 * @returns The index at which others can help.
 */
function alone(job: Job, length: number): number {
  const { loop, params, pace, parts, stops, progress } = job;
  if (length * pace.perIndex > 2 * WORTH_ASKING) return 0;
  const start = pace.start();
  let at = 0;
  while (at < length) {
    const to = Math.min(at + pace.size, length);
    const result = loop(params, at, to);
    progress?.add(to - at);
    if (result !== undefined) {
      parts.push([at, result]);
      if (stops) return length;
    }
    const time = pace.lap(to - at);
    at = to;
    const left = (length - at) * pace.perIndex;
    if (time - start > WORTH_ASKING && left > WORTH_ASKING) break;
  }
  return at;
}

/** Runs the rest of a plan on all threads. */
async function together(
  job: Job,
  at: number,
  node: Node,
  plan: LoopPlan,
  options: ParallelOptions,
): Promise<void> {
  const { params, pace, stops, progress } = job;
  const left = options.eager === true
    ? Infinity
    : (node.length - at) * pace.perIndex;
  const crew = crewFor(options.runtime, left);
  const wanted = Math.min(Math.ceil(left / WORTH_ASKING), node.length - at - 1);
  const claims = Claims.make(at, node.length, Math.min(crew.size, wanted));
  const invited = new Invited(claims);
  const end = () => claims.end();
  options.signal?.addEventListener("abort", end);
  crew.whenThere((runtime) =>
    invited.ask(runtime, () => ({
      claims: claims.handle,
      text: plan.text,
      functions: plan.functions.map(([place, { sent }]) => [place, sent]),
      params: params.map(sentParam),
      lengths: node.lengths,
      perIndex: pace.perIndex,
      stops,
      progress,
    }))
  );
  try {
    // What was sent leaves at the end of this turn of microtasks.
    await undefined;
    await work(job, claims);
  } catch (error) {
    invited.fail(error);
  }
  options.signal?.removeEventListener("abort", end);
  job.parts.push(...await invited.end());
}

function inOrder(parts: Part[]): unknown[] {
  if (parts.length > 1) parts.sort(([a], [b]) => a - b);
  return parts.map(([, result]) => result);
}
