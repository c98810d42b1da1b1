import type { Duel, Side } from "../duel.ts";

/** One word that two threads pass to each other, asleep in between. */
export function pingPong(slice?: number): Duel<SharedArrayBuffer> {
  const side = (shared: SharedArrayBuffer, mine: number): Side => {
    const words = new Int32Array(shared);
    return (count) => {
      for (let k = 0; k < count; k++) {
        let seen: number;
        while ((seen = Atomics.load(words, 0)) !== mine) {
          Atomics.wait(words, 0, seen, slice);
        }
        Atomics.store(words, 0, 1 - mine);
        Atomics.notify(words, 0);
      }
    };
  };
  return {
    share: () => new SharedArrayBuffer(128),
    here: (shared) => side(shared, 0),
    there: (shared) => side(shared, 1),
  };
}

export const duel: Duel<SharedArrayBuffer> = pingPong();
