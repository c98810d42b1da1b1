import type { Duel } from "../duel.ts";
import { sides } from "./ring_ringbuf.ts";

export const duel: Duel<{ buffer: SharedArrayBuffer; bulk: number }> = sides(
  64,
);
