import { equal } from "node:assert";
import { SpscRing, type SpscRingHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";

/** Records of a window. */
export const WINDOW = 16;

interface Shared {
  readonly there: SpscRingHandle;
  readonly back: SpscRingHandle;
}

/** As many records as a window has, and one back when all are there. */
export const duel: Duel<Shared> = {
  share: () => ({
    there: new SpscRing("i32", 1024).handle,
    back: new SpscRing("i32", 1024).handle,
  }),
  here({ there, back }) {
    const producer = SpscRing.from(there).producer();
    const consumer = SpscRing.from(back).consumer();
    return (count) => {
      let wrong = 0;
      for (let k = 0; k < count; k++) {
        for (let n = 0; n < WINDOW; n++) producer.push(k);
        if (consumer.pop() !== k) wrong++;
      }
      equal(wrong, 0);
    };
  },
  there({ there, back }) {
    const consumer = SpscRing.from(there).consumer();
    const producer = SpscRing.from(back).producer();
    return (count) => {
      for (let k = 0; k < count; k++) {
        let record = 0;
        for (let n = 0; n < WINDOW; n++) record = consumer.pop();
        producer.push(record);
      }
    };
  },
};
