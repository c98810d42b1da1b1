import { equal } from "node:assert";
import {
  SharedCounter,
  type SharedCounterHandle,
} from "../../../../sync/mod.ts";
import type { Duel, Side } from "../duel.ts";

/** What the two kinds of counters have in common. */
interface Counter {
  readonly value: number;
  add(amount: number): void;
}

/** Both sides add to one counter. */
export function adding<H>(
  share: () => H,
  from: (handle: H) => Counter,
): Duel<H> {
  function side(handle: H): Side {
    const counter = from(handle);
    return (count) => {
      for (let k = 0; k < count; k++) counter.add(1);
    };
  }
  return {
    share,
    here: side,
    there: side,
    check: (handle, count) => equal(from(handle).value, 2 * count),
  };
}

export const duel: Duel<SharedCounterHandle> = adding(
  () => new SharedCounter().handle,
  (handle: SharedCounterHandle) => SharedCounter.from(handle),
);
