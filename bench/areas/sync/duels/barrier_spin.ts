import type { Duel, Side } from "../duel.ts";

/** Two words that follow each other: what two caches can do. */
function side(shared: SharedArrayBuffer, mine: number, other: number): Side {
  const words = new Int32Array(shared);
  return (count) => {
    for (let k = 0; k < count; k++) {
      const phase = Atomics.add(words, mine, 1) + 1;
      while (((Atomics.load(words, other) - phase) | 0) < 0) Atomics.pause();
    }
  };
}

export const duel: Duel<SharedArrayBuffer> = {
  share: () => new SharedArrayBuffer(256),
  here: (shared) => side(shared, 0, 32),
  there: (shared) => side(shared, 32, 0),
};
