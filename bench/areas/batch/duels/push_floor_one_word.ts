import type { Duel } from "../../sync/duel.ts";
import { floor, type FloorMemory } from "./push_floor.ts";

/** The claim and the tail in one word, which one thread alone changes: two exchanges. */
export const duel: Duel<FloorMemory> = floor(() => {
  /** As the thread that pushes has left the word. */
  let last = 0;
  return {
    take(control) {
      Atomics.compareExchange(control, 0, last, last | 1);
      return last >>> 1;
    },
    giveBack(control, tail) {
      last = tail << 1;
      Atomics.exchange(control, 0, last);
    },
    tail: (control) => Atomics.load(control, 0) >>> 1,
  };
});
