/** What a full stack cuts off in the middle of a call: nobody waits for it. */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { PUBLICATION_SIZE } from "../../../sync/channel/publication.ts";
import { LINE } from "../../../sync/memory/memory.ts";
import {
  Broadcast,
  ChannelClosedError,
  Oneshot,
  type SharedHandle,
  Watch,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";

const WRITER = 2 * LINE / 4;
const SLOTS = (2 * LINE + PUBLICATION_SIZE) / 4;

function wordsOf({ buffer, byteOffset }: SharedHandle): Int32Array {
  return new Int32Array(buffer, byteOffset);
}

/** Calls a function again and again where the stack is at its end. */
function withoutStack(times: number, action: (time: number) => void): void {
  let time = 0;
  function deeper(): void {
    try {
      deeper();
    } catch {
      // The end; from here on there is more for each call.
    }
    if (time < times) action(time++);
  }
  deeper();
}

Deno.test("WatchSender.send() goes on after a call of this thread that was cut off", () => {
  const watch = new Watch("i32", 1);
  const words = wordsOf(watch.handle);
  const [tx, rx] = [watch.sender(), watch.receiver()];
  words[WRITER] = currentThread().id;
  tx.send(2);
  assertEquals([rx.borrowAndUpdate(), words[WRITER]], [2, 0]);
  words[WRITER] = currentThread().id;
  assertEquals(rx.tryRecv(), undefined);
  tx.close();
  assertThrows(() => rx.tryRecv(), ChannelClosedError);
});

Deno.test("BroadcastSender.send() goes on after a call of this thread that was cut off", () => {
  const news = new Broadcast("i32", { capacity: 2 });
  const words = wordsOf(news.handle);
  const [tx, rx] = [news.sender(), news.receiver()];
  for (let k = 0; k < 4; k++) {
    const slot = SLOTS + 4 * (k % 2);
    words[slot] = -currentThread().id;
    if (k % 2 === 1) assertEquals(rx.tryRecv(), undefined);
    tx.send(k);
    assertEquals(rx.tryRecv(), k);
  }
  words[SLOTS] = -currentThread().id;
  tx.close();
  assertThrows(() => rx.tryRecv(), ChannelClosedError);
});

Deno.test("OneshotReceiver: nobody waits for a message where the stack ended in its send", () => {
  const pairs = Array.from({ length: 1000 }, () => {
    const oneshot = new Oneshot("i32");
    return { tx: oneshot.sender(), rx: oneshot.receiver() };
  });
  withoutStack(pairs.length, (k) => pairs[k]!.tx.send(k));
  let sent = 0;
  for (const [k, { tx, rx }] of pairs.entries()) {
    tx.close();
    try {
      assertEquals(rx.tryRecv(), k);
      sent++;
    } catch (error) {
      assert(error instanceof ChannelClosedError, String(error));
    }
  }
  // It ended in some of them, and not in all.
  assert(sent > 0 && sent < pairs.length, String(sent));
});
