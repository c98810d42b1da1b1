/**
 * Operations of one thread.
 *
 * @module
 */
import type { Running } from "../../harness/scenario.ts";

/** Does so many operations; a peer that has async ones only may answer a promise. */
export type Loop = (count: number) => Promise<void> | void;

/** A subject without a partner; `loop` is made when it is set up. */
export async function startAlone(
  make: () => Promise<Loop> | Loop,
): Promise<Running> {
  const loop = await make();
  return {
    run: async (count) => {
      await loop(count);
      return count;
    },
    close: () => {},
  };
}
