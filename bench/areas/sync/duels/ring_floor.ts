import { equal } from "node:assert";
import type { Duel } from "../duel.ts";

const HEAD = 0;
const TAIL = 32;
const RECORDS = 64;
const MASK = 1023;

/** Lamport's queue with remembered positions and nothing around it: no checks, no way to wait. */
export const duel: Duel<SharedArrayBuffer> = {
  share: () => new SharedArrayBuffer(4 * (RECORDS + MASK + 1)),
  here(shared) {
    const words = new Int32Array(shared);
    let tail = 0;
    let head = 0;
    return (count) => {
      for (let k = 0; k < count; k++) {
        while (((tail - head) | 0) > MASK) {
          head = Atomics.load(words, HEAD);
          if (((tail - head) | 0) > MASK) Atomics.pause();
        }
        words[RECORDS + (tail & MASK)] = k;
        tail = (tail + 1) | 0;
        Atomics.store(words, TAIL, tail);
      }
    };
  },
  there(shared) {
    const words = new Int32Array(shared);
    let head = 0;
    let tail = 0;
    return (count) => {
      let wrong = 0;
      for (let k = 0; k < count; k++) {
        while (tail === head) {
          tail = Atomics.load(words, TAIL);
          if (tail === head) Atomics.pause();
        }
        if (words[RECORDS + (head & MASK)] !== k) wrong++;
        head = (head + 1) | 0;
        Atomics.store(words, HEAD, head);
      }
      equal(wrong, 0);
    };
  },
};
