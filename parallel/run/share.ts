/**
 * The share of a worker in a plan.
 *
 * @module
 */

import type { SharedCounter } from "../../sync/value/shared_counter.ts";
import type { FunctionDefinition } from "../../workers/functions/function_definition.ts";
import type { LoadedFunction } from "../../workers/functions/loaded_function.ts";
import { portable } from "../../workers/functions/portable.ts";
import { explained, type FunctionAt, loopOf } from "../plan/loop.ts";
import type { Lengths } from "../plan/node.ts";
import { receivedFunction } from "../plan/plan_function.ts";
import type { ClaimsHandle } from "./claims.ts";
import { Pace } from "./pace.ts";
import { attachedClaims } from "./placed_claims.ts";
import { closeAll, finishAll } from "./opened.ts";
import type { Room } from "./room.ts";
import { receivedParam, type SentParam } from "./sent_memory.ts";
import { receivedView, type SentView } from "./sent_view.ts";
import { type Job, type Part, work } from "./work.ts";

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

/** Takes part in a plan of another thread, until nothing is left of it. */
export const takePart: (share: Share) => Promise<Part[]> = portable(
  import.meta.url,
  async function takePart(share: Share): Promise<Part[]> {
    const claims = attachedClaims(share.claims);
    const parts: Part[] = [];
    if (!claims.begin(share.helper)) return [];
    const functions = await loaded(share.functions);
    const params = share.params.map(receivedParam);
    try {
      const job: Job = {
        loop: loopOf(share.text, share.params.length, functions),
        params,
        room: share.room && receivedView(share.room) as Room,
        pace: new Pace(share.lengths, share.perIndex, 1),
        stops: share.stops,
        parts,
        progress: share.progress,
      };
      await work(job, claims);
      finishAll(params);
    } catch (error) {
      closeAll(params);
      throw explained(error, functions.map(([, loaded]) => loaded));
    }
    return parts;
  },
);

async function loaded(
  sent: readonly FunctionAt<FunctionDefinition>[],
): Promise<FunctionAt<LoadedFunction>[]> {
  const all: FunctionAt<LoadedFunction>[] = [];
  for (const [place, definition] of sent) {
    all.push([place, await receivedFunction(definition)]);
  }
  return all;
}
