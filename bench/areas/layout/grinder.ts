import { type Linked, linked } from "../../../linked/mod.ts";

/** An object whose method takes as long as it is told. */
export class Grinder {
  /** About a nanosecond each. */
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
