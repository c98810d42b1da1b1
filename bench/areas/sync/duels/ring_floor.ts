import { equal } from "node:assert";
import type { Duel } from "../duel.ts";

const HEAD = 0;
const TAIL = 32;
const RECORDS = 64;
const CAPACITY = 1024;
const MASK = CAPACITY - 1;

interface BareRing {
  /** Words of a record. Default: 1. */
  readonly width?: number;
  /** Pauses between two looks at an empty ring; twice as many at a full one. Default: 1. */
  readonly rest?: number;
}

/** Lamport's queue with remembered positions and nothing around it: no checks, no way to wait. */
export function bareRing(
  { width = 1, rest = 1 }: BareRing,
): Duel<SharedArrayBuffer> {
  return {
    share: () => new SharedArrayBuffer(4 * (RECORDS + CAPACITY * width)),
    here(shared) {
      const words = new Int32Array(shared);
      let tail = 0;
      let head = 0;
      return (count) => {
        for (let k = 0; k < count; k++) {
          while (((tail - head) | 0) > MASK) {
            head = Atomics.load(words, HEAD);
            if (((tail - head) | 0) > MASK) pauses(rest === 1 ? 1 : 2 * rest);
          }
          const at = RECORDS + (tail & MASK) * width;
          for (let word = at; word < at + width; word++) words[word] = k;
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
            if (tail === head) pauses(rest);
          }
          const at = RECORDS + (head & MASK) * width;
          for (let word = at; word < at + width; word++) {
            if (words[word] !== k) wrong++;
          }
          head = (head + 1) | 0;
          Atomics.store(words, HEAD, head);
        }
        equal(wrong, 0);
      };
    },
  };
}

function pauses(count: number): void {
  for (let k = 0; k < count; k++) Atomics.pause();
}

export const duel: Duel<SharedArrayBuffer> = bareRing({});
