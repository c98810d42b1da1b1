/** What a worker takes of a plan first. */

import { portable } from "../../mod.ts";
import {
  attachedClaims,
  type PlacedHandle,
} from "../../parallel/run/placed_claims.ts";
import { nodeHere } from "../../parallel/run/places.ts";

/** A part, and the node of the thread that took it. */
export interface FirstTaken {
  readonly from: number;
  readonly node: number | undefined;
}

/** Takes an index of those of a plan. */
export const firstTaken: (handle: PlacedHandle) => FirstTaken = portable(
  import.meta.url,
  function firstTaken(handle: PlacedHandle): FirstTaken {
    const [from] = attachedClaims(handle).take(1, 1)!;
    return { from, node: nodeHere() };
  },
);
