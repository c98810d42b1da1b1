import { equal } from "node:assert";
import { Channel, type ChannelHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";

/** One side sends numbers, the other one receives them. */
export function stream(
  make: () => Channel<number>,
): Duel<ChannelHandle> {
  return {
    share: () => make().handle,
    here(handle) {
      const sender = Channel.from<number>(handle).sender();
      return (count) => {
        for (let k = 0; k < count; k++) sender.send(k + 0.5);
      };
    },
    there(handle) {
      const receiver = Channel.from<number>(handle).receiver();
      return (count) => {
        let wrong = 0;
        for (let k = 0; k < count; k++) {
          if (receiver.recv() !== k + 0.5) wrong++;
        }
        equal(wrong, 0);
      };
    },
  };
}

export const duel: Duel<ChannelHandle> = stream(() =>
  new Channel<number>("f64", { capacity: 1024 })
);
