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
import { crewFor } from "./crew.ts";
import { deal, isWorthDealing } from "./deal.ts";
import { Invited } from "./invited.ts";
import { closeAll, finishAll } from "./opened.ts";
import { Pace } from "./pace.ts";
import type { ParallelOptions } from "./parallel_options.ts";
import { PlacedClaims } from "./placed_claims.ts";
import { placesOf } from "./places.ts";
import { roomFor } from "./room.ts";
import { type SentParam, sentParam, timeToSend } from "./sent_memory.ts";
import { sentView } from "./sent_view.ts";
import type { Share } from "./share.ts";
import { giveMemory } from "./spare_memory.ts";
import { append, type Job, type Part, runPiece, TURN, work } from "./work.ts";

/** Others are asked for what takes longer, in ms: to wake them takes time, too. */
const WORTH_ASKING = 0.15;
/** So many runs of a loop over a few indices are not timed after one that was. */
const UNTIMED = 15;

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
    room: undefined,
    pace: new Pace(node.lengths, plan.perIndex, plan.brief),
    stops: sink.stops === true,
    parts: [],
    progress,
  };
  try {
    const at = options.eager === true ? 0 : alone(job, node, plan);
    if (at < node.length) {
      job.room = roomFor(sink, node);
      await together(job, at, node, plan, options);
    }
    finishAll(params);
    plan.perIndex = job.pace.learnt;
    plan.brief = job.pace.brief;
    signal?.throwIfAborted();
    const own = sink.params.length === 0
      ? sink.params
      : loadedParams(params, plan).slice(node.params.length);
    const result = sink.combine(inOrder(job.parts) as P[], own, job.room);
    if (job.room !== undefined) giveMemory(job.room.buffer);
    return result;
  } catch (error) {
    closeAll(params);
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
function alone(job: Job, { length, items }: Node, plan: LoopPlan): number {
  const { params, pace } = job;
  const expected = length * pace.perIndex;
  // To look at the clock takes longer than a few indices.
  const isTimed = expected > WORTH_ASKING || length > pace.brief ||
    plan.untimed-- <= 0;
  const worth = isTimed
    ? WORTH_ASKING + 2 * timeToSend(params, items)
    : Infinity;
  if (expected > 2 * worth) return 0;
  const start = isTimed ? pace.start() : 0;
  let at = 0;
  while (at < length) {
    const to = Math.min(at + pace.size, length);
    const count = to - at;
    if (runPiece(job, at, to)) return length;
    at = to;
    if (!isTimed) continue;
    const time = pace.lap(count);
    const left = (length - at) * pace.perIndex;
    if (time - start < WORTH_ASKING || left < WORTH_ASKING) continue;
    if (left > worth || time - start > TURN) break;
  }
  if (isTimed) plan.untimed = UNTIMED;
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
  const { params, room, pace, stops, progress } = job;
  const left = options.eager === true
    ? Infinity
    : (node.length - at) * pace.perIndex;
  const { items } = node;
  const wanted = left > WORTH_ASKING + 2 * timeToSend(params, items)
    ? Math.min(Math.ceil(left / WORTH_ASKING), node.length - at - 1)
    : 0;
  const crew = crewFor(options.runtime, wanted === 0 ? 0 : left);
  const share = (
    claims: Claims,
    params: readonly SentParam[],
  ): Omit<Share, "helper"> => ({
    claims: claims.handle,
    text: plan.text,
    functions: plan.functions.map(([place, { sent }]) => [place, sent]),
    params,
    room: room && sentView(room),
    lengths: node.lengths,
    perIndex: pace.perIndex,
    stops,
    progress,
  });
  if (
    items !== undefined && options.eager !== true &&
    typeof items[at] !== "number" &&
    isWorthDealing(items, at, pace.perIndex)
  ) {
    const others = params.slice(1).map(sentParam);
    return await deal(job, at, node.length, {
      items,
      crew,
      signal: options.signal,
      share: (items, claims) => share(claims, [{ items }, ...others]),
    });
  }
  const helpers = Math.min(crew.size, wanted);
  // What ends with the first result of the values in order takes them in order.
  const places = crew.nodes > 1 && !stops ? placesOf(node, at) : undefined;
  const claims = places === undefined
    ? Claims.make(at, node.length, helpers)
    : PlacedClaims.makePlaced(places, helpers);
  const invited = new Invited(claims);
  const end = () => claims.end();
  options.signal?.addEventListener("abort", end);
  crew.whenThere((runtime) =>
    invited.ask(runtime, () => share(claims, params.map(sentParam)))
  );
  try {
    // What was sent leaves at the end of this turn of microtasks.
    await undefined;
    await work(job, claims);
  } catch (error) {
    invited.fail(error);
  }
  options.signal?.removeEventListener("abort", end);
  append(job.parts, await invited.end());
}

function inOrder(parts: Part[]): unknown[] {
  if (parts.length > 1) parts.sort(([a], [b]) => a - b);
  return parts.map(([, result]) => result);
}
