import { equal } from "node:assert";
import type { Duel } from "../../sync/duel.ts";
import { awaitBatch, CAPACITY } from "../resting_consumer.ts";

/** What two threads share: numbers, their senders and tickets, and control words. */
export interface FloorMemory {
  readonly control: Int32Array;
  readonly numbers: Float64Array;
  readonly senders: Int32Array;
}

// Control words, each on a line of its own.
const CLAIM = 0;
const TAIL = 2;
const HEAD = 32;

/** How the claim is taken, and given back with a new tail. */
export interface Claiming {
  take(control: Int32Array): number;
  giveBack(control: Int32Array, tail: number): void;
  tail(control: Int32Array): number;
}

/** A ring without checks, loss, waiting, wrapping positions: only what a push writes. */
export function floor(makeClaiming: () => Claiming): Duel<FloorMemory> {
  const mask = CAPACITY - 1;
  return {
    share: () => ({
      control: new Int32Array(new SharedArrayBuffer(256)),
      numbers: new Float64Array(new SharedArrayBuffer(8 * CAPACITY)),
      senders: new Int32Array(new SharedArrayBuffer(8 * CAPACITY)),
    }),
    here({ control, numbers, senders }) {
      const { take, giveBack } = makeClaiming();
      let head = 0;
      return (count) => {
        for (let k = 0; k < count; k++) {
          const tail = take(control);
          while (tail - head >= CAPACITY) head = Atomics.load(control, HEAD);
          numbers[tail & mask] = k + 0.5;
          senders[2 * (tail & mask)] = 1;
          senders[2 * (tail & mask) + 1] = k;
          giveBack(control, tail + 1);
        }
      };
    },
    there({ control, numbers }) {
      const { tail: tailOf } = makeClaiming();
      let head = 0;
      return (count) => {
        let wrong = 0;
        for (let next = 0; next < count;) {
          awaitBatch(count - next, () => tailOf(control) - head);
          for (const tail = tailOf(control); head < tail; head++) {
            if (numbers[head & mask] !== next++ + 0.5) wrong++;
          }
          Atomics.store(control, HEAD, head);
        }
        equal(wrong, 0);
      };
    },
  };
}

/** As a claim takes it that has a word of its own: an exchange, and two stores. */
export const duel: Duel<FloorMemory> = floor(() => ({
  take(control) {
    while (Atomics.compareExchange(control, CLAIM, 0, -1) !== 0);
    return Atomics.load(control, TAIL);
  },
  giveBack(control, tail) {
    Atomics.store(control, TAIL, tail);
    Atomics.store(control, CLAIM, 0);
  },
  tail: (control) => Atomics.load(control, TAIL),
}));
