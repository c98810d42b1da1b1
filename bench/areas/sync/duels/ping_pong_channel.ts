import { equal } from "node:assert";
import { Channel, type ChannelHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";

interface Shared {
  readonly there: ChannelHandle;
  readonly back: ChannelHandle;
}

/** A number there and back, by a channel each way. */
export const duel: Duel<Shared> = {
  share: () => ({
    there: new Channel<number>("f64", { capacity: 1 }).handle,
    back: new Channel<number>("f64", { capacity: 1 }).handle,
  }),
  here({ there, back }) {
    const sender = Channel.from<number>(there).sender();
    const receiver = Channel.from<number>(back).receiver();
    return (count) => {
      let wrong = 0;
      for (let k = 0; k < count; k++) {
        sender.send(k);
        if (receiver.recv() !== k) wrong++;
      }
      equal(wrong, 0);
    };
  },
  there({ there, back }) {
    const receiver = Channel.from<number>(there).receiver();
    const sender = Channel.from<number>(back).sender();
    return (count) => {
      for (let k = 0; k < count; k++) sender.send(receiver.recv());
    };
  },
};
