import type { Duel, Side } from "../duel.ts";

const ARRIVED = 0;
const PHASE = 32;

/** The textbook: count, and sleep until the last one has changed the phase. */
export function countAndSleep(slice?: number): Duel<SharedArrayBuffer> {
  const side = (shared: SharedArrayBuffer): Side => {
    const words = new Int32Array(shared);
    return (count) => {
      for (let k = 0; k < count; k++) {
        const phase = Atomics.load(words, PHASE);
        if (Atomics.add(words, ARRIVED, 1) === 1) {
          Atomics.store(words, ARRIVED, 0);
          Atomics.add(words, PHASE, 1);
          Atomics.notify(words, PHASE);
        } else {
          while (Atomics.load(words, PHASE) === phase) {
            Atomics.wait(words, PHASE, phase, slice);
          }
        }
      }
    };
  };
  return {
    share: () => new SharedArrayBuffer(256),
    here: side,
    there: side,
  };
}

export const duel: Duel<SharedArrayBuffer> = countAndSleep();
