import type { Duel } from "../duel.ts";
import { countAndSleep } from "./barrier_futex.ts";

/** As all of Kindred sleeps, so that a thread which was lost holds up nobody: a timer for each sleep. */
export const duel: Duel<SharedArrayBuffer> = countAndSleep(100);
