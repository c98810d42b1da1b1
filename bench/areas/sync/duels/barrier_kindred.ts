import { Barrier, type BarrierHandle } from "../../../../sync/mod.ts";
import type { Duel, Side } from "../duel.ts";

function side(handle: BarrierHandle): Side {
  const barrier = Barrier.from(handle);
  return (count) => {
    for (let k = 0; k < count; k++) barrier.wait();
  };
}

export const duel: Duel<BarrierHandle> = {
  share: () => new Barrier(2).handle,
  here: side,
  there: side,
};
