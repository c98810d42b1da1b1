import type { Duel } from "../duel.ts";
import { bareRing } from "./ring_floor.ts";

/** Both sides leave each other's lines alone for a while: what is left is the loop and its atomics. */
export const duel: Duel<SharedArrayBuffer> = bareRing({ rest: 128 });
