/**
 * Starting the crew that a plan asks for.
 *
 * @module
 */

import type { Crew } from "../crew/crew.ts";
import { ThreadCrew } from "../crew/thread_crew.ts";
import { InlineCrew } from "../inline/inline_crew.ts";
import { Patience } from "../life/patience.ts";
import type { Commons } from "../local/commons.ts";
import type { CallObserver } from "../telemetry/call_observer.ts";
import type { Plan } from "./plan.ts";

/** What a crew is started with. */
export interface StartCrewOptions {
  /** What the runtime is going to be. */
  readonly plan: Plan;
  /** What all threads know of the data that they own. */
  readonly commons: Commons;
  /** Watches the calls of this thread, if anybody wants that. */
  readonly observer: CallObserver;
}

/**
 * Starts a crew.
 *
 * @param mustPin Whether it is an error if a worker is not pinned.
 * @throws {Error} If a worker cannot be started, or is not pinned though it must be.
 */
export async function startCrew(
  { plan, commons, observer }: StartCrewOptions,
  mustPin: boolean,
): Promise<Crew> {
  if (plan.mode === "inline") {
    return new InlineCrew({ ...plan, observer }, commons);
  }
  const crew = await ThreadCrew.start({ ...plan, commons, observer });
  const free = mustPin && crew.report().find(({ pinned }) => !pinned);
  if (!free) return crew;
  await crew.close(new Patience(Infinity));
  throw new Error(
    `Cannot pin worker ${free.index} to processor ${free.processor}: ${
      free.pinningFailure ?? "the system does not tell where it runs"
    }`,
  );
}
