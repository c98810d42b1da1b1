import { equal } from "node:assert";
import { Mutex, type MutexHandle } from "../../../../sync/mod.ts";
import type { Duel, Side } from "../duel.ts";

interface Shared {
  readonly mutex: MutexHandle;
  readonly total: SharedArrayBuffer;
}

function side({ mutex: handle, total }: Shared): Side {
  const mutex = Mutex.from(handle);
  const counter = new Int32Array(total);
  return (count) => {
    for (let k = 0; k < count; k++) {
      mutex.lock();
      counter[0]!++;
      mutex.unlock();
    }
  };
}

export const duel: Duel<Shared> = {
  share: () => ({
    mutex: new Mutex().handle,
    total: new SharedArrayBuffer(4),
  }),
  here: side,
  there: side,
  check: ({ total }, count) => equal(new Int32Array(total)[0], (2 * count) | 0),
};
