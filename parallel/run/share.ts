/**
 * The share of a worker in a plan.
 *
 * @module
 */

import type { SharedCounter } from "../../sync/value/shared_counter.ts";
import type { FunctionDefinition } from "../../workers/functions/function_definition.ts";
import type { LoadedFunction } from "../../workers/functions/loaded_function.ts";
import { portable } from "../../workers/functions/portable.ts";
import { hostingHere } from "../../workers/host/hosting.ts";
import { explained, type FunctionAt, loopOf } from "../plan/loop.ts";
import type { Lengths } from "../plan/node.ts";
import { functionNow, receivedFunction } from "../plan/plan_function.ts";
import type { ClaimsHandle } from "./claims.ts";
import { Pace } from "./pace.ts";
import { attachedClaims } from "./placed_claims.ts";
import { closeAll, finishAll } from "./opened.ts";
import type { Room } from "./room.ts";
import { receivedParam, type SentParam } from "./sent_memory.ts";
import { receivedView, type SentView } from "./sent_view.ts";
import { type Job, type Part, work, workOneTurn } from "./work.ts";

/** What a worker needs to know of a plan. */
export interface Share {
  /** Which of the helpers it is. */
  readonly helper: number;
  readonly claims: ClaimsHandle;
  readonly text: string;
  readonly functions: readonly FunctionAt<FunctionDefinition>[];
  readonly params: readonly SentParam[];
  /** Where numbers of lists are left. */
  readonly room: SentView | undefined;
  readonly lengths: Lengths;
  /** How long an index takes, in ms. */
  readonly perIndex: number;
  /** Whether a result ends it all. */
  readonly stops: boolean;
  /** Is told how many indices are done. */
  readonly progress: SharedCounter | undefined;
}

/**
 * Takes part in a plan of another thread, until nothing is left of it; while this thread
 * blocks, for one turn: then it may go on, or has to be asked once more.
 */
export const takePart: (share: Share) => Part[] | Promise<Part[]> = portable(
  import.meta.url,
  // Not `async`: a worker that blocks runs none of these.
  function takePart(share: Share): Part[] | Promise<Part[]> {
    return hostingHere()?.mailbox.blocks === true
      ? takeOneTurn(share)
      : takeAll(share);
  },
);

async function takeAll(share: Share): Promise<Part[]> {
  const claims = attachedClaims(share.claims);
  if (!claims.begin(share.helper)) return [];
  const functions: FunctionAt<LoadedFunction>[] = [];
  for (const [place, sent] of share.functions) {
    functions.push([place, await receivedFunction(sent)]);
  }
  const job = jobOf(share, functions);
  try {
    await work(job, claims);
    finishAll(job.params);
  } catch (error) {
    throw failed(job, functions, error);
  }
  return job.parts;
}

function takeOneTurn(share: Share): Part[] {
  const functions: FunctionAt<LoadedFunction>[] = [];
  for (const [place, sent] of share.functions) {
    const loaded = functionNow(sent);
    // Nothing is imported while a thread blocks: others do without it.
    if (loaded === undefined) return [];
    functions.push([place, loaded]);
  }
  const claims = attachedClaims(share.claims);
  if (!claims.begin(share.helper)) return [];
  const job = jobOf(share, functions);
  try {
    workOneTurn(job, claims);
    finishAll(job.params);
  } catch (error) {
    throw failed(job, functions, error);
  }
  return job.parts;
}

/** What this thread works on. */
function jobOf(
  share: Share,
  functions: readonly FunctionAt<LoadedFunction>[],
): Job {
  return {
    loop: loopOf(share.text, share.params.length, functions),
    params: share.params.map(receivedParam),
    room: share.room && receivedView(share.room) as Room,
    pace: new Pace(share.lengths, share.perIndex, 1),
    stops: share.stops,
    parts: [],
    progress: share.progress,
  };
}

/** What to throw if a part of a plan has failed. */
function failed(
  { params }: Job,
  functions: readonly FunctionAt<LoadedFunction>[],
  error: unknown,
): unknown {
  closeAll(params);
  return explained(error, functions.map(([, loaded]) => loaded));
}
