import { equal } from "node:assert";
import { MpmcQueue, type MpmcQueueHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../../sync/duel.ts";
import { awaitBatch, CAPACITY } from "../resting_consumer.ts";

/** A queue, from which the consumer takes all that is there. */
export const duel: Duel<MpmcQueueHandle> = {
  share: () => new MpmcQueue("f64", CAPACITY).handle,
  here(handle) {
    const queue = MpmcQueue.from(handle);
    return (count) => {
      for (let k = 0; k < count; k++) queue.push(k + 0.5);
    };
  },
  there(handle) {
    const queue = MpmcQueue.from(handle);
    const batch = new Float64Array(CAPACITY);
    return (count) => {
      let wrong = 0;
      for (let next = 0; next < count;) {
        awaitBatch(count - next, () => queue.size);
        const length = queue.popMany(batch);
        for (let k = 0; k < length; k++) {
          if (batch[k] !== next++ + 0.5) wrong++;
        }
      }
      equal(wrong, 0);
    };
  },
};
