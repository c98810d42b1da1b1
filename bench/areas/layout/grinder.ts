import { type Linked, linked } from "../../../linked/mod.ts";

/** An object whose method takes as long as it is told. */
export class Grinder {
  /** Goes round a loop so often, each turn of which needs the one before. */
  grind(turns: number): number {
    let x = turns;
    for (let k = 0; k < turns; k++) x = Math.imul(x, 1664525) + 1013904223 | 0;
    return x;
  }
}

export const grinder: Linked<Grinder> = linked(import.meta.url, "grinder", {
  shared: () => ({}),
  create: () => new Grinder(),
});

/** How many turns this machine does in so many microseconds, by the quickest of several tries; one at least. */
export function turnsIn(microseconds: number): number {
  const grinder = new Grinder();
  const turns = 1_000_000;
  let best = Infinity;
  for (let k = 0; k < 10; k++) {
    const start = performance.now();
    grinder.grind(turns);
    best = Math.min(best, performance.now() - start);
  }
  return Math.max(1, Math.round(turns * microseconds / 1000 / best));
}
