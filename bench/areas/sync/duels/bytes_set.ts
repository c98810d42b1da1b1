import type { Duel } from "../duel.ts";

const FULL = 0;
const BYTES = 128;

/** One buffer of 64 KiB that one side fills and the other one empties, by `set()`: what memory can do. */
export const duel: Duel<SharedArrayBuffer> = {
  share: () => new SharedArrayBuffer(BYTES + 2 * 64 * 1024),
  here(shared) {
    const words = new Int32Array(shared, 0, 1);
    const slots = [0, 1].map((k) =>
      new Uint8Array(shared, BYTES + k * 64 * 1024, 64 * 1024)
    );
    const frame = new Uint8Array(64 * 1024).fill(7);
    return (count) => {
      for (let k = 0; k < count; k++) {
        while (Atomics.load(words, FULL) === 2) Atomics.pause();
        slots[k & 1]!.set(frame);
        Atomics.add(words, FULL, 1);
      }
      // The next run begins with the first slot on both sides.
      while (Atomics.load(words, FULL) > 0) Atomics.pause();
    };
  },
  there(shared) {
    const words = new Int32Array(shared, 0, 1);
    const slots = [0, 1].map((k) =>
      new Uint8Array(shared, BYTES + k * 64 * 1024, 64 * 1024)
    );
    const target = new Uint8Array(64 * 1024);
    return (count) => {
      for (let k = 0; k < count; k++) {
        while (Atomics.load(words, FULL) === 0) Atomics.pause();
        target.set(slots[k & 1]!);
        Atomics.sub(words, FULL, 1);
      }
    };
  },
};
