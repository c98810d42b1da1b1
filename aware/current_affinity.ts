/**
 * Where the calling thread lives.
 *
 * @module
 */

import { perRealm } from "../sync/thread/realm.ts";
import type { MemoryAffinity, PinnedAffinity } from "./affinity.ts";

interface Place {
  /** Where this thread is pinned, or meant to be. */
  thread: MemoryAffinity;
  /** Tells whether a worker runs here that has a place of its own. */
  guest: (() => PinnedAffinity | undefined) | undefined;
  /** Where this thread acts as if it were. */
  pretended: MemoryAffinity | undefined;
}

const place = perRealm<Place>("affinity", () => ({
  thread: "unknown",
  guest: undefined,
  pretended: undefined,
}));

/**
 * Where the calling thread lives: on a worker of a runtime, the affinity of that
 * worker, also of an inline one while it runs; on any other thread what
 * {@linkcode AffinityRegistry.pinTo} said last, and `"unknown"` before.
 *
 * @example Usage
 * ```ts
 * import { currentAffinity, Runtime } from "@kindred/kindred";
 * import { assertEquals } from "@std/assert";
 * import { whereabouts } from "../examples/whereabouts.ts";
 *
 * assertEquals(currentAffinity(), "unknown");
 * await using runtime = await Runtime.start({ workers: 1 });
 * assertEquals(await runtime.spawn(whereabouts), runtime.affinities[0]);
 * ```
 */
export function currentAffinity(): MemoryAffinity {
  const { guest, pretended, thread } = place;
  if (pretended !== undefined) return pretended;
  return guest === undefined ? thread : guest() ?? thread;
}

/** Runs a function as if this thread were elsewhere. */
export function asIfAt<R>(affinity: MemoryAffinity, run: () => R): R {
  const former = place.pretended;
  place.pretended = affinity;
  try {
    return run();
  } finally {
    place.pretended = former;
  }
}

/** Where this thread lives, whoever runs on it. */
export function threadAffinity(): MemoryAffinity {
  return place.thread;
}

/** Says where this thread lives from now on. */
export function settleAt(affinity: MemoryAffinity): void {
  place.thread = affinity;
}

/**
 * Has a runtime without threads tell where the worker lives that runs at a moment,
 * if one does.
 */
export function followGuests(guest: () => PinnedAffinity | undefined): void {
  place.guest = guest;
}
