/**
 * A crowd that a runtime has linked.
 *
 * @module
 */

import type { Family, InstancePerThread } from "../../linked/mod.ts";
import type { SharedCounter } from "../../sync/mod.ts";
import type { Runtime } from "../../workers/mod.ts";
import { crowd, type Guest } from "./fixtures/crowd.ts";

/** A family, what gives handles of it, and how many of its instances are alive. */
export interface CrowdOn {
  readonly family: Family<Guest>;
  readonly perThread: InstancePerThread<Guest>;
  /** Counts one that nobody disposes, too. */
  readonly alive: SharedCounter;
}

/** Links a new crowd. */
export async function crowdOn(runtime: Runtime): Promise<CrowdOn> {
  const family = await runtime.link(crowd.family());
  const perThread = family.instancePerThread();
  return { family, perThread, alive: family.create().shared.alive };
}
