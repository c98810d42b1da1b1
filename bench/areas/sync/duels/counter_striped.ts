import { equal } from "node:assert";
import {
  StripedCounter,
  type StripedCounterHandle,
} from "../../../../sync/mod.ts";
import type { Duel, Side } from "../duel.ts";

function side(handle: StripedCounterHandle): Side {
  const counter = StripedCounter.from(handle);
  return (count) => {
    for (let k = 0; k < count; k++) counter.add(1);
  };
}

export const duel: Duel<StripedCounterHandle> = {
  share: () => new StripedCounter().handle,
  here: side,
  there: side,
  check: (handle, count) => equal(StripedCounter.from(handle).value, 2 * count),
};
