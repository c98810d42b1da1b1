import { ByteRing, type ByteRingHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";

/** Frames of one length, copied in and out. */
export function frames(byteLength: number): Duel<ByteRingHandle> {
  return {
    share: () => new ByteRing(Math.max(64 * 1024, 16 * byteLength)).handle,
    here(handle) {
      const producer = ByteRing.from(handle).producer();
      const frame = new Uint8Array(byteLength).fill(7);
      return (count) => {
        for (let k = 0; k < count; k++) producer.push(frame);
      };
    },
    there(handle) {
      const consumer = ByteRing.from(handle).consumer();
      const target = new Uint8Array(byteLength);
      return (count) => {
        for (let k = 0; k < count; k++) {
          while (consumer.tryPopInto(target) === undefined) consumer.wait();
        }
        if (target[byteLength - 1] !== 7) throw new Error("not what was sent");
      };
    },
  };
}

export const duel: Duel<ByteRingHandle> = frames(64);
