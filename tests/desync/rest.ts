import { nextTurn } from "../../workers/life/next_turn.ts";
import { turn } from "../batching/echo.ts";

/**
 * Resolves when all objects of this thread have done what they can do: also if
 * it is their turn only after timers and sockets have had theirs.
 */
export async function rest(): Promise<void> {
  await turn();
  for (let k = 0; k < 3; k++) await nextTurn();
}
