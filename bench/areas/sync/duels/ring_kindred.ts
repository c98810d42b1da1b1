import { equal } from "node:assert";
import { SpscRing, type SpscRingHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";

/** One record a call. */
export const duel: Duel<SpscRingHandle> = {
  share: () => new SpscRing("i32", 1024).handle,
  here(handle) {
    const producer = SpscRing.from(handle).producer();
    return (count) => {
      for (let k = 0; k < count; k++) producer.push(k);
    };
  },
  there(handle) {
    const consumer = SpscRing.from(handle).consumer();
    return (count) => {
      let wrong = 0;
      for (let k = 0; k < count; k++) if (consumer.pop() !== k) wrong++;
      equal(wrong, 0);
    };
  },
};
