import type { Duel } from "../duel.ts";
import { pingPong } from "./ping_pong_wait.ts";

/** As all of Kindred sleeps, so that a thread which was lost holds up nobody: a timer for each sleep. */
export const duel: Duel<SharedArrayBuffer> = pingPong(100);
