import { assert, assertFalse } from "@std/assert";
import { Broadcast, Channel, Oneshot, Watch } from "../../../sync/mod.ts";

/** An end, and another one of its side that keeps the channel open. */
type Ends = readonly [end: { isClosed: boolean; close(): void }, ...unknown[]];

/** An open end of each class that says whether it is closed, and its other side. */
const ENDS: Readonly<Record<string, () => Ends>> = {
  Sender: () => {
    const channel = new Channel("i32", { capacity: 2 });
    return [channel.sender(), channel.sender(), channel.receiver()];
  },
  Receiver: () => {
    const channel = new Channel("i32", { capacity: 2 });
    return [channel.receiver(), channel.receiver(), channel.sender()];
  },
  "Sender of a rendezvous": () => {
    const channel = new Channel("i32", { capacity: 0 });
    return [channel.sender(), channel.sender(), channel.receiver()];
  },
  "Receiver of a rendezvous": () => {
    const channel = new Channel("i32", { capacity: 0 });
    return [channel.receiver(), channel.receiver(), channel.sender()];
  },
  OneshotSender: () => {
    const oneshot = new Oneshot("i32");
    return [oneshot.sender(), oneshot.receiver()];
  },
  OneshotReceiver: () => {
    const oneshot = new Oneshot("i32");
    return [oneshot.receiver(), oneshot.sender()];
  },
  BroadcastReceiver: () => {
    const broadcast = new Broadcast("i32", { capacity: 2 });
    return [broadcast.receiver(), broadcast.receiver(), broadcast.sender()];
  },
  WatchReceiver: () => {
    const watch = new Watch("i32", 0);
    return [watch.receiver(), watch.receiver(), watch.sender()];
  },
};

for (const [name, open] of Object.entries(ENDS)) {
  Deno.test(`${name}.isClosed says so when this end itself is closed`, () => {
    const [end, ...others] = open();
    assertFalse(end.isClosed);
    end.close();
    assert(end.isClosed);
    end.close();
    assert(end.isClosed);
    assert(others.length > 0);
  });
}
