/**
 * A worker that is about to stop asks for somebody who accepts in its place: see
 * `stand_ins.ts`.
 *
 * @module
 */

import type { Board } from "./board.ts";

/** How long the answer may take, in ms: the starting thread looks four times in a second. */
const PATIENCE = 2000;
/** How often it is looked for, in ms. */
const LOOK = 10;

/**
 * Asks, if no other worker listens, and resolves when there is an answer, or nobody gives
 * one.
 *
 * @param size How many workers there are.
 */
export async function askForStandIn(
  board: Board,
  worker: number,
  size: number,
): Promise<void> {
  const part = board.at(worker);
  for (let k = 0; k < size; k++) {
    if ((board.at(k).state === "listening") !== (k === worker)) return;
  }
  if (!part.turnStandIn("none", "asked")) return; // there is one
  const end = performance.now() + PATIENCE;
  while (part.standIn === "asked") {
    if (performance.now() > end && part.turnStandIn("asked", "none")) return;
    await new Promise((next) => setTimeout(next, LOOK));
  }
}
