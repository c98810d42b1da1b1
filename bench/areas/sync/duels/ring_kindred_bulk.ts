import { equal } from "node:assert";
import { SpscRing, type SpscRingHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";

const BULK = 64;

/** Up to 64 records a call; waits by the blocking door only where a ring is full or empty. */
export const duel: Duel<SpscRingHandle> = {
  share: () => new SpscRing("i32", 1024).handle,
  here(handle) {
    const producer = SpscRing.from(handle).producer();
    const records = new Int32Array(BULK);
    return (count) => {
      for (let sent = 0; sent < count;) {
        const rest = count - sent;
        const chunk = rest < BULK ? records.subarray(0, rest) : records;
        for (let k = 0; k < chunk.length; k++) chunk[k] = sent + k;
        const pushed = producer.pushMany(chunk);
        if (pushed === 0) producer.push(sent++);
        sent += pushed;
      }
    };
  },
  there(handle) {
    const consumer = SpscRing.from(handle).consumer();
    const records = new Int32Array(BULK);
    return (count) => {
      let wrong = 0;
      for (let received = 0; received < count;) {
        let popped = consumer.popMany(records);
        if (popped === 0) {
          records[0] = consumer.pop();
          popped = 1;
        }
        if (records[popped - 1] !== received + popped - 1) wrong++;
        received += popped;
      }
      equal(wrong, 0);
    };
  },
};
