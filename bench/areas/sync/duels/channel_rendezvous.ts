import { Channel, type ChannelHandle } from "../../../../sync/mod.ts";
import type { Duel } from "../duel.ts";
import { stream } from "./channel_array.ts";

export const duel: Duel<ChannelHandle> = stream(() =>
  new Channel<number>("f64", { capacity: 0 })
);
