/**
 * A function that tells where it runs.
 *
 * @module
 */

import { currentAffinity, type MemoryAffinity, portable } from "../mod.ts";

/** Where the worker lives on which this runs. */
export const whereabouts: () => MemoryAffinity = portable(
  import.meta.url,
  function whereabouts() {
    return currentAffinity();
  },
);
