import { equal } from "node:assert";
import {
  SharedCounter,
  type SharedCounterHandle,
} from "../../../../sync/mod.ts";
import type { Duel, Side } from "../duel.ts";

function side(handle: SharedCounterHandle): Side {
  const counter = SharedCounter.from(handle);
  return (count) => {
    for (let k = 0; k < count; k++) counter.add(1);
  };
}

export const duel: Duel<SharedCounterHandle> = {
  share: () => new SharedCounter().handle,
  here: side,
  there: side,
  check: (handle, count) => equal(SharedCounter.from(handle).value, 2 * count),
};
