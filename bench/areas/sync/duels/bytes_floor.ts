import type { Duel } from "../duel.ts";
import { bareRing } from "./ring_floor.ts";

/** As many words as a frame of 64 bytes takes with its length and its tag. */
export const duel: Duel<SharedArrayBuffer> = bareRing({ width: 18, rest: 128 });
