import { BatchRing, type BatchRingHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../../sync/duel.ts";
import { CAPACITY, takeBatches } from "../resting_consumer.ts";

export const duel: Duel<BatchRingHandle> = {
  share: () => new BatchRing("f64", CAPACITY).handle,
  here(handle) {
    const ring = BatchRing.from(handle);
    return (count) => {
      for (let k = 0; k < count; k++) ring.push(k + 0.5);
    };
  },
  there: takeBatches,
};
