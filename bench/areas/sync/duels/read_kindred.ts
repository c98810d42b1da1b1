import { RwLock, type RwLockHandle } from "../../../../sync/mod.ts";
import type { Duel, Side } from "../duel.ts";

/** Both read at once. */
function side(handle: RwLockHandle): Side {
  const lock = RwLock.from(handle);
  return (count) => {
    for (let k = 0; k < count; k++) {
      lock.read();
      lock.unlockRead();
    }
  };
}

export const duel: Duel<RwLockHandle> = {
  share: () => new RwLock().handle,
  here: side,
  there: side,
};
