import { equal } from "node:assert";
import { RingBuffer } from "npm:ringbuf.js@0.4.0";
import type { Duel, Side } from "../duel.ts";

interface Shared {
  readonly buffer: SharedArrayBuffer;
  readonly bulk: number;
}

/** It has no way to wait: both sides try again until it works. */
export function sides(bulk: number): Duel<Shared> {
  return {
    share: () => ({
      buffer: RingBuffer.getStorageForCapacity(1024, Int32Array),
      bulk,
    }),
    here({ buffer }): Side {
      const ring = new RingBuffer(buffer, Int32Array);
      const records = new Int32Array(bulk);
      return (count) => {
        for (let sent = 0; sent < count;) {
          const length = Math.min(bulk, count - sent);
          for (let k = 0; k < length; k++) records[k] = sent + k;
          const pushed = ring.push(records, length);
          if (pushed === 0) Atomics.pause();
          sent += pushed;
        }
      };
    },
    there({ buffer }): Side {
      const ring = new RingBuffer(buffer, Int32Array);
      const records = new Int32Array(bulk);
      return (count) => {
        let wrong = 0;
        for (let received = 0; received < count;) {
          const popped = ring.pop(records, Math.min(bulk, count - received));
          if (popped === 0) {
            Atomics.pause();
            continue;
          }
          if (records[popped - 1] !== received + popped - 1) wrong++;
          received += popped;
        }
        equal(wrong, 0);
      };
    },
  };
}

export const duel: Duel<Shared> = sides(1);
