import {
  assert,
  assertEquals,
  assertFalse,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  Broadcast,
  BroadcastReceiver,
  BroadcastSender,
  ChannelClosedError,
  LaggedError,
  MAX_BROADCAST_CAPACITY,
  selectAsync,
  struct,
  textCodec,
} from "../../../sync/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import {
  type BroadcastOutcome,
  type News,
  receiveAll,
} from "../fixtures/broadcast_news.ts";
import type { BroadcastTask } from "../fixtures/broadcast_worker.ts";
import { JSON_VALUES, NUMBERS } from "../fixtures/channel_codec.ts";
import { claimOther, runAs } from "../other_thread.ts";
import { randomFrom } from "../random.ts";
import {
  assertRefusesHandles,
  assertRefusesMessages,
  assertRefusesSources,
} from "./refusals.ts";
import { MortalCrew, runSending } from "./sending_crew.ts";
import { assertTimes, type Async, startAbortable } from "./waits.ts";

const TIMEOUT = { timeout: 120_000 };
const SOON = 10_000;
const Item = struct({ sender: "u8", index: "u32", check: "f64" });

/** Where the ring starts: behind two tables of ends and two event counts. */
const SLOTS = 64 + 256 + 256 + 64 + 64;

/** Puts an empty ring of one-word messages to where its positions start. */
function moveTo(broadcast: Broadcast, position: number, width = 1): void {
  const { buffer, byteOffset, capacity } = broadcast.handle;
  const words = new Int32Array(buffer, byteOffset);
  words[32] = position;
  for (let k = 0; k < capacity; k++) {
    const at = SLOTS + (3 + width) * ((position + k) % capacity);
    words[at] = words[at + 1] = (position + k - capacity) & 0x7fffffff;
  }
}

function make(capacity: number): [Broadcast, BroadcastSender] {
  const broadcast = new Broadcast("i32", { capacity });
  return [broadcast, broadcast.sender()];
}

Deno.test("BroadcastSender.send() reaches every receiver that is there (U18)", async () => {
  const [broadcast, tx] = make(4);
  const one = broadcast.receiver();
  assertEquals(tx.send(1), 1);
  const two = tx.subscribe();
  assertEquals(tx.send(2), 2);
  assertEquals(broadcast.receiverCount, 2);
  assertEquals([one.recv(), one.recv(), one.tryRecv()], [1, 2, undefined]);
  assertEquals([await two.recvAsync(), two.tryRecv()], [2, undefined]);
  one.close();
  assertEquals(tx.send(3), 1);
  assertEquals(tx.receiverCount, 1);
  assertEquals(two.recv(), 3);
});

Deno.test("BroadcastSender.send() throws with the message if there is no receiver (U18)", () => {
  const [broadcast, tx] = make(2);
  const error = assertThrows(() => tx.send(7), ChannelClosedError);
  assertEquals(error.value, 7);
  const rx = broadcast.receiver();
  rx.close();
  assertThrows(() => tx.send(7), ChannelClosedError);
  using later = tx.subscribe();
  assertEquals(tx.send(8), 1);
  assertEquals(later.recv(), 8);
});

Deno.test("BroadcastReceiver.recv() throws Lagged once and goes on with the oldest (U18)", async () => {
  const [broadcast, tx] = make(2);
  const [slow, async, trying] = [1, 2, 3].map(() => broadcast.receiver());
  for (let k = 0; k < 7; k++) tx.send(k);
  assertEquals(assertThrows(() => slow!.recv(), LaggedError).missed, 5);
  assertEquals([slow!.recv(), slow!.recv()], [5, 6]);
  const error = await assertRejects(() => async!.recvAsync(), LaggedError);
  assertEquals(error.missed, 5);
  assertEquals(await async!.recvAsync(), 5);
  assertEquals(trying!.size, 2);
  assertThrows(() => trying!.tryRecv(), LaggedError);
  assertEquals([trying!.size, trying!.tryRecv()], [2, 5]);
  tx.send(7);
  tx.send(8);
  assertEquals(assertThrows(() => trying!.tryRecv(), LaggedError).missed, 1);
});

Deno.test("Broadcast capacity is rounded up to a power of two (U18)", () => {
  for (const [asked, given] of [[1, 1], [2, 2], [3, 4], [100, 128]] as const) {
    const broadcast = new Broadcast("i32", { capacity: asked });
    assertEquals(broadcast.capacity, given);
    assertEquals(Broadcast.from(broadcast.handle).capacity, given);
  }
});

Deno.test("Broadcast: receivers drain first when the senders are closed (U18)", async () => {
  const [broadcast, tx] = make(4);
  const [rx, other] = [broadcast.receiver(), broadcast.receiver()];
  const second = broadcast.sender();
  tx.send(1);
  tx.close();
  tx.close();
  second.send(2);
  assertFalse(broadcast.isClosed);
  second.close();
  assert(broadcast.isClosed);
  assertEquals([rx.recv(), rx.recv()], [1, 2]);
  assertThrows(() => rx.recv(), ChannelClosedError);
  assertThrows(() => rx.tryRecv(), ChannelClosedError);
  await assertRejects(() => rx.recvAsync(), ChannelClosedError);
  assertEquals([...other], [1, 2]);
  assertThrows(() => broadcast.sender(), ChannelClosedError);
  assertThrows(() => broadcast.receiver().recv(), ChannelClosedError);
});

Deno.test("Broadcast.close() gives senders their messages back", async () => {
  const [broadcast, tx] = make(4);
  const rx = broadcast.receiver();
  tx.send(1);
  const waiting = tx.closedAsync({ timeout: SOON });
  broadcast.close();
  broadcast.close();
  assertFalse(await waiting);
  assertEquals(assertThrows(() => tx.send(2), ChannelClosedError).value, 2);
  assertEquals([...rx], [1]);
});

Deno.test("BroadcastReceiver.resubscribe() starts with what is sent next (U18)", () => {
  const [broadcast, tx] = make(4);
  const rx = broadcast.receiver();
  tx.send(1);
  const again = rx.resubscribe();
  tx.send(2);
  assertEquals([again.recv(), rx.recv(), rx.recv()], [2, 1, 2]);
});

Deno.test("BroadcastReceiver handles go on where it was", () => {
  const [broadcast, tx] = make(4);
  const rx = broadcast.receiver();
  for (const message of [1, 2, 3]) tx.send(message);
  rx.recv();
  const same = BroadcastReceiver.from(rx.handle);
  assertEquals([same.recv(), same.recv()], [2, 3]);
  assertEquals(broadcast.receiverCount, 2);
  const sender = BroadcastSender.from(tx.handle);
  assertEquals(sender.send(4), 2);
});

Deno.test(
  "BroadcastReceiver iterates, and after a lag goes on",
  TIMEOUT,
  async () => {
    const [broadcast, tx] = make(2);
    const rx = broadcast.receiver();
    const got: (number | string)[] = [];
    const receiving = (async () => {
      for (;;) {
        try {
          for await (const message of rx) got.push(message);
          return;
        } catch (error) {
          assertInstanceOf(error, LaggedError);
          got.push(`missed ${error.missed}`);
        }
      }
    })();
    tx.send(0);
    while (got.length < 1) await Promise.resolve();
    for (const message of [1, 2, 3]) tx.send(message);
    tx.close();
    await receiving;
    assertEquals(got, [0, "missed 1", 2, 3]);
  },
);

Deno.test(
  "BroadcastSender.closed() waits until all receivers are gone",
  TIMEOUT,
  async () => {
    const [broadcast, tx] = make(2);
    assertThrows(() => tx.closed({ timeout: 1 }), DOMException);
    const [one, two] = [broadcast.receiver(), broadcast.receiver()];
    const waiting = tx.closedAsync({ timeout: SOON });
    one.close();
    assertThrows(() => tx.closed({ timeout: 1 }), DOMException);
    two.close();
    assert(await waiting);
    assert(tx.closed());
    const third = broadcast.receiver();
    const again = tx.closedAsync({ timeout: SOON });
    tx.close();
    assertFalse(await again);
    third.close();
  },
);

Deno.test("BroadcastReceiver refuses what a struct cannot be put into before it takes a message", async () => {
  const items = new Broadcast(Item, { capacity: 2 });
  const rx = items.receiver();
  const item = { sender: 1, index: 2, check: 0.5 };
  items.sender().send(item);
  for (const bad of [5, "x", null, true, Symbol.iterator]) {
    const into = bad as never;
    assertThrows(() => rx.tryRecv(into), TypeError);
    assertThrows(() => rx.recv({ into }), TypeError);
    assertThrows(() => rx.recv({ into, timeout: 0 }), TypeError);
    await assertRejects(() => rx.recvAsync({ into }), TypeError);
  }
  assertEquals(rx.tryRecv(), item);
  assertEquals(rx.tryRecv(), undefined);
  assertThrows(() => rx.tryRecv(7 as never), TypeError);
  // What is no struct is put nowhere.
  const [numbers, tx] = make(2);
  const number = numbers.receiver();
  tx.send(7);
  assertEquals(number.recv({ into: null as never }), 7);
});

Deno.test("BroadcastReceiver refuses what a struct cannot be put into before it skips what it missed", () => {
  const items = new Broadcast(Item, { capacity: 1 });
  const rx = items.receiver();
  const tx = items.sender();
  const item = { sender: 1, index: 2, check: 0.5 };
  for (const index of [0, 1, 2]) tx.send({ ...item, index });
  assertThrows(() => rx.tryRecv(5 as never), TypeError);
  assertEquals(assertThrows(() => rx.tryRecv(), LaggedError).missed, 2);
});

Deno.test("Broadcast carries structs, and what a codec makes", () => {
  const items = new Broadcast(Item, { capacity: 2 });
  const rx = items.receiver();
  const item = { sender: 1, index: 2, check: 0.5 };
  items.sender().send(item);
  const into = { sender: 0, index: 0, check: 0 };
  assert(rx.tryRecv(into) === into);
  assertEquals(into, item);
  const texts = new Broadcast(textCodec, { capacity: 2, maxBytes: 5 });
  const [a, b] = [
    texts.receiver(),
    Broadcast.from<string>(texts.handle).receiver(),
  ];
  const tx = texts.sender();
  tx.send("");
  tx.send("hello");
  assertEquals([a.recv(), a.recv(), b.recv(), b.recv()], [
    "",
    "hello",
    "",
    "hello",
  ]);
  const numbers = new Broadcast(NUMBERS, { capacity: 1, maxBytes: 30 });
  const one = Broadcast.from(numbers.handle, NUMBERS).receiver();
  numbers.sender().send(Math.PI);
  assertEquals(one.recv(), Math.PI);
});

Deno.test("Broadcast: a closed end is of no use, to itself only", async () => {
  const [broadcast, tx] = make(2);
  const rx = broadcast.receiver();
  const waiting = rx.recvAsync({ timeout: SOON });
  rx.close();
  rx.close();
  await assertRejects(() => waiting, TypeError);
  assertThrows(() => rx.tryRecv(), TypeError);
  assertThrows(() => rx.recv(), TypeError);
  using other = broadcast.receiver();
  using second = broadcast.sender();
  tx.close();
  assertThrows(() => tx.send(1), TypeError);
  second.send(2);
  assertEquals(other.recv(), 2);
});

Deno.test("Broadcast: waits give up in time and change nothing", async () => {
  const [broadcast, tx] = make(2);
  const rx = broadcast.receiver();
  const waiting: Async = [
    (options) => rx.recvAsync(options),
    (options) => tx.closedAsync(options),
  ];
  await assertTimes(
    [(options) => rx.recv(options), (options) => tx.closed(options)],
    waiting,
  );
  const giveUp = startAbortable(waiting);
  const other = broadcast.receiver().recvAsync({ timeout: SOON });
  await giveUp();
  tx.send(7);
  assertEquals([await other, rx.recv({ timeout: 0 })], [7, 7]);
});

Deno.test(
  "Broadcast: ends whose threads are lost count as closed (U18)",
  TIMEOUT,
  async () => {
    const { threads } = currentThread();
    using one = claimOther();
    using two = claimOther();
    const broadcast = new Broadcast("i32", { capacity: 2 });
    const rx = broadcast.receiver();
    const sender = runAs(
      one.id,
      () => Broadcast.from(broadcast.handle).sender(),
    );
    sender.send(1);
    const there = runAs(
      two.id,
      () => Broadcast.from(broadcast.handle).receiver(),
    );
    assertFalse(there.isEmpty === false);
    assertEquals(sender.send(2), 2);
    threads.markLost(two.id);
    assertEquals(sender.send(3), 1);
    assertThrows(() => rx.recv(), LaggedError);
    assertEquals([rx.recv(), rx.recv()], [2, 3]);
    const waiting = rx.recvAsync({ timeout: SOON });
    threads.markLost(one.id);
    await assertRejects(() => waiting, ChannelClosedError);
    // A sender waits for the last receiver.
    const other = new Broadcast("i32", { capacity: 2 });
    using third = claimOther();
    runAs(third.id, () => Broadcast.from(other.handle).receiver());
    const tx = other.sender();
    const closed = tx.closedAsync({ timeout: SOON });
    threads.markLost(third.id);
    assert(await closed);
    assertThrows(() => tx.send(1), ChannelClosedError);
  },
);

Deno.test(
  "Broadcast: a slot that a lost thread claimed is used again",
  TIMEOUT,
  () => {
    const { threads } = currentThread();
    using lost = claimOther();
    const [broadcast, tx] = make(1);
    const rx = broadcast.receiver();
    tx.send(1);
    const words = new Int32Array(
      broadcast.handle.buffer,
      broadcast.handle.byteOffset,
    );
    // As a sender leaves it that stops after its claim.
    words[SLOTS] = -lost.id;
    threads.markLost(lost.id);
    assertEquals(rx.recv(), 1);
    // And one that has begun to write.
    const second = broadcast.receiver();
    tx.send(2);
    words[SLOTS] = -lost.id;
    words[SLOTS + 2] = 2;
    assertEquals(assertThrows(() => second.recv(), LaggedError).missed, 1);
    assertEquals(second.tryRecv(), undefined);
    tx.send(3);
    assertEquals(second.recv(), 3);
  },
);

Deno.test("Broadcast refuses messages, sizes and handles that do not fit", () => {
  const none = [0, -1, 1.5, NaN, Infinity, 2 * MAX_BROADCAST_CAPACITY, "2"];
  for (const capacity of [...none, undefined]) {
    const error = assertThrows(
      () => new Broadcast("i32", { capacity: capacity as number }),
      RangeError,
    );
    assertStringIncludes(error.message, String(capacity));
  }
  assertThrows(() => new Broadcast("i32", undefined as never), RangeError);
  assertRefusesSources((source) => new Broadcast(source, { capacity: 1 }));
  const huge = { capacity: 2 ** 20, maxBytes: 2 ** 20 };
  assertThrows(() => new Broadcast(textCodec, huge), RangeError);
  assertThrows(() => new Broadcast(textCodec, { capacity: 1 }), RangeError);

  const [broadcast, tx] = make(2);
  using rx = broadcast.receiver();
  assertRefusesMessages((message) => tx.send(message));
  assert(rx.isEmpty);

  const { handle } = broadcast;
  assertRefusesHandles(handle, (other) => Broadcast.from(other), {
    record: "f64",
    sizes: [1024, 8192],
  });
  for (const capacity of [1, 3]) {
    assertThrows(() => Broadcast.from({ ...handle, capacity }), RangeError);
  }
  assertThrows(() => BroadcastSender.from(handle as never), TypeError);
  assertThrows(() => BroadcastReceiver.from(handle as never), TypeError);
  const { position: _, ...without } = rx.handle;
  assertThrows(() => BroadcastReceiver.from(without as never), RangeError);
});

Deno.test("BroadcastReceiver is an arm of select", TIMEOUT, async () => {
  const [broadcast, tx] = make(2);
  const rx = broadcast.receiver();
  const choice = selectAsync({ news: rx }, { timeout: SOON });
  tx.send(7);
  assertEquals(await choice, { key: "news", closed: false, value: 7 });
  tx.close();
  const { closed } = await selectAsync({ news: rx });
  assert(closed);
});

type Step =
  | readonly ["send", number]
  | readonly ["subscribe"]
  | readonly ["recv" | "close", number];

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant("send" as const), fc.nat(1000)),
  fc.tuple(fc.constant("send" as const), fc.nat(1000)),
  fc.tuple(fc.constant("subscribe" as const)),
  fc.tuple(fc.constant("recv" as const), fc.nat(3)),
  fc.tuple(fc.constant("recv" as const), fc.nat(3)),
  fc.tuple(fc.constant("close" as const), fc.nat(3)),
);

Deno.test("Broadcast does what an array does, wherever its positions start", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 2, 4),
      fc.constantFrom(0, 2 ** 30, 2 ** 31, 2 ** 32),
      fc.nat(10),
      fc.array(step, { maxLength: 60 }),
      (capacity, wrap, before, steps) => {
        const [broadcast, tx] = make(capacity);
        if (wrap > 0) moveTo(broadcast, wrap - before);
        const sent: number[] = [];
        const receivers: { rx: BroadcastReceiver; next: number }[] = [];
        for (const [name, argument] of steps) {
          if (name === "subscribe") {
            receivers.push({ rx: tx.subscribe(), next: sent.length });
          } else if (name === "send") {
            if (receivers.length === 0) {
              assertThrows(() => tx.send(argument), ChannelClosedError);
            } else {
              assertEquals(tx.send(argument), receivers.length);
              sent.push(argument);
            }
          } else if (receivers.length > 0) {
            const k = argument % receivers.length;
            const receiver = receivers[k]!;
            if (name === "close") {
              receiver.rx.close();
              receivers.splice(k, 1);
              continue;
            }
            const { rx, next } = receiver;
            const missed = sent.length - capacity - next;
            assertEquals(rx.size, Math.min(sent.length - next, capacity));
            if (missed > 0) {
              const error = assertThrows(() => rx.tryRecv(), LaggedError);
              assertEquals(error.missed, missed);
              receiver.next += missed;
            } else {
              assertEquals(rx.tryRecv(), sent[next]);
              if (next < sent.length) receiver.next++;
            }
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

const MESSAGES = 20_000;

/** Runs senders and receivers; what each receiver got and missed is all. */
async function stress(
  senders: number,
  receivers: number,
  capacity: number,
): Promise<void> {
  const broadcast = new Broadcast<News>(Item, { capacity });
  const keep = broadcast.sender();
  const outcomes = await runSending<BroadcastTask, BroadcastOutcome>(
    "broadcast_worker.ts",
    {
      broadcast: broadcast.handle,
      messages: MESSAGES,
      sent: new SharedArrayBuffer(4 * senders),
    },
    { senders, receivers, onStart: () => keep.close() },
  );
  assertEquals(outcomes.length, receivers);
  for (const { received, missed, last } of outcomes) {
    assertEquals(received + missed, senders * MESSAGES);
    assert(received > 0);
    if (senders === 1) assertEquals(last[0], MESSAGES - 1);
  }
}

Deno.test(
  "Broadcast: one worker sends to two, who get or miss each message (U18)",
  TIMEOUT,
  () => stress(1, 2, 64),
);

Deno.test(
  "Broadcast: two workers send to two, in one order for each sender (U18)",
  TIMEOUT,
  () => stress(2, 2, 4),
);

Deno.test(
  "Broadcast: workers that are terminated hold up nobody (U18)",
  TIMEOUT,
  async () => {
    for (let seed = 1; seed <= 3; seed++) {
      const broadcast = new Broadcast<News>(Item, { capacity: 2 });
      const keep = broadcast.sender();
      const rx = [broadcast.receiver(), broadcast.receiver()];
      const sent = new SharedArrayBuffer(8);
      using crew = await MortalCrew.start<BroadcastTask>(
        "broadcast_worker.ts",
        { broadcast: broadcast.handle, messages: 2 ** 30, sent },
        seed,
      );
      keep.close();
      const receiving = rx.map((rx, k) =>
        receiveAll(rx, randomFrom(seed + k), false)
      );
      await crew.lose();
      const [one, two] = await Promise.all(receiving);
      const total = one!.received + one!.missed;
      assertEquals(two!.received + two!.missed, total);
      const told = new Int32Array(sent).reduce((sum, each) => sum + each);
      // Each of the lost senders may have sent one more; half a message counts
      // as one that was missed.
      assert(total >= told && total <= told + 2, `${total} of ${told}`);
    }
  },
);

Deno.test("BroadcastReceiver.recv() and its loop receive null", () => {
  const news = new Broadcast(JSON_VALUES, { maxBytes: 8, capacity: 4 });
  const [tx, rx] = [news.sender(), news.receiver()];
  tx.send(null);
  tx.send(1);
  assertEquals(rx.recv({ timeout: SOON }), null);
  tx.send(null);
  tx.send(2);
  tx.close();
  assertEquals([...rx], [1, null, 2]);
});

Deno.test("BroadcastReceiver.from() refuses a position ahead of what was sent", () => {
  const [broadcast, tx] = make(2);
  const { handle } = broadcast.receiver();
  const count = tx.receiverCount;
  const ahead = { ...handle, position: handle.position + 1 };
  assertThrows(() => BroadcastReceiver.from(ahead), RangeError);
  assertEquals(tx.receiverCount, count);
  const rx = BroadcastReceiver.from(handle);
  assertFalse(rx.isClosed);
  tx.close();
  assert(rx.isClosed);
});
