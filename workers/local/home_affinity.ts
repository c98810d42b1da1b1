/**
 * Where the worker lives that runs at a moment.
 *
 * @module
 */

import type { PinnedAffinity } from "../../aware/affinity.ts";
import type { RuntimeFace } from "../runtime/runtime_face.ts";
import type { Home } from "./home.ts";

/** The affinity of the worker whose home it is; undefined for that of another thread. */
export function affinityOf(home: Home | undefined): PinnedAffinity | undefined {
  if (home?.worker === undefined || home.face === undefined) return undefined;
  return (home.face as RuntimeFace).affinities[home.worker];
}
