import { BatchRing, type BatchRingHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../../sync/duel.ts";
import { CAPACITY, LEAST, takeBatches } from "../resting_consumer.ts";

export const duel: Duel<BatchRingHandle> = {
  share: () => new BatchRing("f64", CAPACITY).handle,
  here(handle) {
    const ring = BatchRing.from(handle);
    const all = new Float64Array(LEAST);
    return (count) => {
      for (let k = 0; k < count;) {
        const numbers = count - k < LEAST ? all.subarray(0, count - k) : all;
        for (let j = 0; j < numbers.length; j++) numbers[j] = k + j + 0.5;
        const pushed = ring.pushMany(numbers);
        if (pushed === 0) Atomics.pause();
        k += pushed;
      }
    };
  },
  there: takeBatches,
};
