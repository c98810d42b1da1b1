import { equal } from "node:assert";
import { MpmcQueue, type MpmcQueueHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";

export const duel: Duel<MpmcQueueHandle> = {
  share: () => new MpmcQueue("f64", 1024).handle,
  here(handle) {
    const queue = MpmcQueue.from(handle);
    return (count) => {
      for (let k = 0; k < count; k++) queue.push(k + 0.5);
    };
  },
  there(handle) {
    const queue = MpmcQueue.from(handle);
    return (count) => {
      let wrong = 0;
      for (let k = 0; k < count; k++) if (queue.pop() !== k + 0.5) wrong++;
      equal(wrong, 0);
    };
  },
};
