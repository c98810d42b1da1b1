/**
 * Channels without room: each send waits for its receive.
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  bytesCodec,
  Channel,
  ChannelClosedError,
  type Codec,
  MessageDecodeError,
  type Receiver,
  selectAsync,
  struct,
  textCodec,
} from "../../../sync/mod.ts";
import {
  currentThread,
  indexOf,
  KNOCKS,
  RECORD_WORDS,
  TICKETS,
} from "../../../sync/thread/thread.ts";
import { rendezvousFlavor } from "../../../sync/channel/rendezvous.ts";
import { recordCodec } from "../../../sync/channel/record_codec.ts";
import {
  cancelTicket,
  chosenIn,
  isWaiting,
  MAX_MEETING_ARMS,
  nextWaiting,
  waitingAs,
} from "../../../sync/channel/tickets.ts";
import { LINE, wordsOf } from "../../../sync/memory/memory.ts";
import { recordTypeOf } from "../../../sync/record/record.ts";
import { sliceOf } from "../memory.ts";
import { claimOther, runAs } from "../other_thread.ts";

const TIMEOUT = { timeout: 120_000 };

function pair(): {
  channel: Channel<number>;
  tx: ReturnType<Channel<number>["sender"]>;
  rx: Receiver<number>;
} {
  const channel = new Channel<number>("i32", { capacity: 0 });
  return { channel, tx: channel.sender(), rx: channel.receiver() };
}

Deno.test("Channel rendezvous: trySend() succeeds only if a receiver waits (U7)", async () => {
  const { tx, rx } = pair();
  assert(!tx.trySend(1));
  const receiving = rx.recvAsync();
  assert(tx.trySend(2));
  assert(!tx.trySend(3)); // only one waited
  assertEquals(await receiving, 2);
  assert(!tx.trySend(4));
});

Deno.test("Channel rendezvous: tryRecv() succeeds only if a sender waits (U7)", async () => {
  const { tx, rx } = pair();
  assertEquals(rx.tryRecv(), undefined);
  let sent = false;
  const sending = tx.sendAsync(5).then(() => sent = true);
  await Promise.resolve();
  assert(!sent);
  assertEquals(rx.tryRecv(), 5);
  assertEquals(rx.tryRecv(), undefined);
  await sending;
});

Deno.test("Channel rendezvous: a blocking call meets a task of its own thread (U7)", async () => {
  const { tx, rx } = pair();
  const receiving = rx.recvAsync();
  tx.send(1);
  assertEquals(await receiving, 1);
  const sending = tx.sendAsync(2);
  assertEquals(rx.recv(), 2);
  await sending;
});

Deno.test("Channel rendezvous: it is empty and full at the same time, and never holds anything (U7)", async () => {
  const { channel, tx, rx } = pair();
  const sending = tx.sendAsync(1);
  assertEquals([channel.size, channel.capacity], [0, 0]);
  assert(channel.isEmpty && channel.isFull);
  assertEquals(rx.drain(), [1]);
  await sending;
});

Deno.test("Channel rendezvous: waits that end by time or signal leave nothing behind (U7)", async () => {
  const { tx, rx } = pair();
  assertThrows(() => tx.send(1, { timeout: 2 }), DOMException);
  assertThrows(() => rx.recv({ timeout: 2 }), DOMException);
  await assertRejects(() => tx.sendAsync(1, { timeout: 2 }), DOMException);
  await assertRejects(() => rx.recvAsync({ timeout: 2 }), DOMException);
  for (
    const wait of [
      (signal: AbortSignal) => tx.sendAsync(1, { signal }),
      (signal: AbortSignal) => rx.recvAsync({ signal }),
    ]
  ) {
    const controller = new AbortController();
    const waiting = wait(controller.signal).catch((error) => error);
    const reason = new Error("enough");
    controller.abort(reason);
    assertStrictEquals(await waiting, reason);
    const early = AbortSignal.abort(reason);
    assertStrictEquals(await wait(early).catch((error) => error), reason);
  }
  assertEquals(rx.tryRecv(), undefined);
  assert(!tx.trySend(2));
});

Deno.test("Channel rendezvous: a call that was chosen before it was aborted succeeds (U7)", async () => {
  const { tx, rx } = pair();
  const controller = new AbortController();
  const receiving = rx.recvAsync({ signal: controller.signal });
  assert(tx.trySend(7));
  controller.abort();
  assertEquals(await receiving, 7);
});

Deno.test("Channel rendezvous: who came first is met first (fairness)", async () => {
  const { tx, rx } = pair();
  const received: number[] = [];
  const receivers = Array.from(
    { length: 10 },
    async (_, k) => received.push(100 * k + await rx.recvAsync()),
  );
  for (let k = 0; k < 10; k++) assert(tx.trySend(k));
  await Promise.all(receivers);
  assertEquals(received, Array.from({ length: 10 }, (_, k) => 101 * k));
  const senders = Array.from({ length: 10 }, (_, k) => tx.sendAsync(k));
  assertEquals(
    Array.from({ length: 10 }, () => rx.tryRecv()),
    Array.from({ length: 10 }, (_, k) => k),
  );
  await Promise.all(senders);
});

Deno.test(
  "Channel rendezvous: more wait than have room in the table",
  TIMEOUT,
  async () => {
    const { tx, rx } = pair();
    const count = 150;
    const senders = Array.from({ length: count }, (_, k) => tx.sendAsync(k));
    const seen: number[] = [];
    while (seen.length < count) seen.push(await rx.recvAsync());
    await Promise.all(senders);
    assertEquals(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: count }, (_, k) => k),
    );
    const receivers = Array.from({ length: count }, () => rx.recvAsync());
    for (let k = 0; k < count; k++) await tx.sendAsync(k);
    assertEquals(
      (await Promise.all(receivers)).toSorted((a, b) => a - b),
      Array.from({ length: count }, (_, k) => k),
    );
  },
);

Deno.test(
  "Channel rendezvous: close() gives waiting senders their messages back, and ends receivers (U6, U7)",
  TIMEOUT,
  async () => {
    const one = pair();
    const sending = one.tx.sendAsync(3).catch((error) => error);
    one.channel.close();
    const error = await sending;
    assert(error instanceof ChannelClosedError);
    assertEquals(error.value, 3);
    assertThrows(() => one.rx.recv(), ChannelClosedError);
    assertThrows(() => one.tx.trySend(1), ChannelClosedError);
    const two = pair();
    const receiving = two.rx.recvAsync();
    two.tx.close();
    await assertRejects(() => receiving, ChannelClosedError);
    const three = pair();
    const waiting = three.tx.sendAsync(4).catch((error) => error);
    three.rx.close();
    assertEquals((await waiting).value, 4);
  },
);

Deno.test(
  "Channel rendezvous: what a lost thread waited for counts no more, and its meeting does (U7)",
  TIMEOUT,
  async () => {
    const { channel, tx, rx } = pair();
    const { threads } = currentThread();
    {
      using other = claimOther();
      // A receive of another thread that is lost while it waits.
      const waiting = runAs(other.id, () => {
        const mine = Channel.from<number>(channel.handle).receiver();
        return mine.recvAsync({ timeout: 150 }).catch((error) => error);
      });
      threads.markLost(other.id);
      assert(!tx.trySend(1));
      assert((await waiting) instanceof DOMException);
    }
    {
      using other = claimOther();
      const waiting = runAs(other.id, () => {
        const mine = Channel.from<number>(channel.handle).sender();
        return mine.sendAsync(8, { timeout: 150 }).catch((error) => error);
      });
      threads.markLost(other.id);
      assertEquals(rx.tryRecv(), undefined);
      assert((await waiting) instanceof DOMException);
    }
    {
      // Once met, the message is in the hands of the one that was lost.
      using other = claimOther();
      const waiting = runAs(other.id, () => {
        const mine = Channel.from<number>(channel.handle).receiver();
        return mine.recvAsync({ timeout: 150 });
      });
      assert(tx.trySend(2));
      threads.markLost(other.id);
      assertEquals(await waiting, 2);
    }
    // Others meet as if nothing were.
    const receiving = rx.recvAsync();
    assert(tx.trySend(5));
    assertEquals(await receiving, 5);
  },
);

Deno.test("Channel rendezvous: structs, also into an object of the caller", async () => {
  const Point = struct({ x: "f64", id: "u32", ok: "bool" });
  const channel = new Channel(Point, { capacity: 0 });
  const [tx, rx] = [channel.sender(), channel.receiver()];
  const into = { x: 0, id: 0, ok: false };
  const receiving = rx.recvAsync({ into });
  assert(tx.trySend({ x: 0.1, id: 2 ** 32 - 1, ok: true }));
  assertStrictEquals(await receiving, into);
  assertEquals(into, { x: 0.1, id: 2 ** 32 - 1, ok: true });
  const sending = tx.sendAsync({ x: -0, id: 0, ok: false });
  assertEquals(rx.recv(), { x: -0, id: 0, ok: false });
  await sending;
  assertThrows(
    () => tx.trySend({ x: 1 } as unknown as typeof into),
    TypeError,
  );
});

Deno.test("Channel rendezvous: numbers come as they were", async () => {
  for (
    const [kind, values] of [
      ["i32", [0, -1, 2 ** 31 - 1, -(2 ** 31)]],
      ["u32", [0, 2 ** 32 - 1, 2 ** 31]],
      ["f64", [0.1, -0, NaN, Infinity, 5e-324, 2 ** 53]],
    ] as const
  ) {
    const channel = new Channel<number>(kind, { capacity: 0 });
    const [tx, rx] = [channel.sender(), channel.receiver()];
    for (const value of values) {
      const receiving = rx.recvAsync();
      assert(tx.trySend(value));
      assert(Object.is(await receiving, value));
      const sending = tx.sendAsync(value);
      assert(Object.is(rx.tryRecv(), value));
      await sending;
    }
  }
  const { tx } = pair();
  for (const wrong of [0.5, 2 ** 31, NaN]) {
    assertThrows(() => tx.trySend(wrong), RangeError);
    assertThrows(() => tx.send(wrong, { timeout: 1 }), RangeError);
  }
  assertThrows(() => tx.trySend("1" as unknown as number), TypeError);
});

Deno.test(
  "Channel rendezvous: messages of a codec, of any size",
  TIMEOUT,
  async () => {
    const channel = new Channel(bytesCodec, { capacity: 0, reserve: 2 ** 20 });
    const [tx, rx] = [channel.sender(), channel.receiver()];
    for (const length of [0, 1, 48, 49, 95, 96, 97, 4096, 5000, 2 ** 20]) {
      const bytes = Uint8Array.from({ length }, (_, k) => k * 7 + length);
      const receiving = rx.recvAsync();
      assert(tx.trySend(bytes), `${length}`);
      assertEquals(await receiving, bytes);
      const sending = tx.sendAsync(bytes);
      assertEquals(rx.tryRecv(), bytes);
      await sending;
    }
    const long = new Uint8Array(2 ** 20 + 1);
    await assertRejects(() => tx.sendAsync(long), RangeError);
    const receiving = rx.recvAsync();
    assertThrows(() => tx.trySend(long), RangeError);
    assert(tx.trySend(Uint8Array.of(1)));
    assertEquals(await receiving, Uint8Array.of(1));
  },
);

Deno.test(
  "Channel rendezvous: long messages for which there is no room wait for it",
  TIMEOUT,
  async () => {
    const channel = new Channel(bytesCodec, { capacity: 0, reserve: 4096 });
    const [tx, rx] = [channel.sender(), channel.receiver()];
    const lengths = [3000, 1000, 3000, 2000, 97, 4096, 96, 500];
    const senders = lengths.map((length, k) =>
      tx.sendAsync(new Uint8Array(length).fill(k))
    );
    const seen = new Map<number, number>();
    for (let n = 0; n < lengths.length; n++) {
      const bytes = await rx.recvAsync();
      assert(bytes.every((byte) => byte === bytes[0]));
      seen.set(bytes[0]!, bytes.length);
    }
    await Promise.all(senders);
    assertEquals(
      [...seen].toSorted(([a], [b]) => a - b).map(([, length]) => length),
      lengths,
    );
    // And in selects, on both sides.
    const choices = await Promise.all([
      ...lengths.map((length) =>
        selectAsync({ out: [tx, new Uint8Array(length)] })
      ),
      ...lengths.map(() => selectAsync({ in: rx })),
    ]);
    const got = choices.flatMap((choice) =>
      choice.key === "in" ? [choice.value!.length] : []
    );
    assertEquals(
      got.toSorted((a, b) => a - b),
      lengths.toSorted((a, b) => a - b),
    );
  },
);

Deno.test("Channel rendezvous: a codec that fails harms nobody else", async () => {
  const picky: Codec<string> = {
    name: "picky",
    encode: (value) => {
      if (value === "no") throw new Error("no");
      return textCodec.encode(value);
    },
    decode: (bytes) => {
      const text = textCodec.decode(bytes);
      if (text === "bad") throw new Error("bad");
      return text;
    },
  };
  const channel = new Channel(picky, { capacity: 0 });
  const [tx, rx] = [channel.sender(), channel.receiver()];
  await assertRejects(() => tx.sendAsync("no"), Error, "no");
  const receiving = rx.recvAsync();
  assertThrows(() => tx.trySend("no"), Error, "no");
  assert(tx.trySend("yes"));
  assertEquals(await receiving, "yes");
  const failing = rx.recvAsync();
  assert(tx.trySend("bad"));
  await assertRejects(() => failing, MessageDecodeError);
  const sending = tx.sendAsync("bad");
  assertThrows(() => rx.tryRecv(), MessageDecodeError);
  await sending;
});

Deno.test("Channel rendezvous: a codec may use the same channel while it works", async () => {
  let inner: string | undefined;
  const nested: Codec<string> = {
    name: "nested",
    encode: (value) => {
      if (value === "outer") tx.trySend("inner");
      return new TextEncoder().encode(value);
    },
    decode: (bytes) => {
      if (bytes[0] === 111) inner = rx.tryRecv();
      return textCodec.decode(bytes);
    },
  };
  const channel = new Channel(nested, { capacity: 0 });
  const [tx, rx] = [channel.sender(), channel.receiver()];
  const both = [rx.recvAsync(), rx.recvAsync()];
  assert(tx.trySend("outer"));
  assertEquals(await Promise.all(both), ["inner", "outer"]);
  const sending = [tx.sendAsync("other"), tx.sendAsync("last")];
  assertEquals(rx.tryRecv(), "other");
  assertEquals(inner, "last");
  await Promise.all(sending);
});

Deno.test("Channel rendezvous meets as its plain model does", async () => {
  const call = fc.constantFrom(
    "trySend",
    "tryRecv",
    "send",
    "recv",
    "abort",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 30 }), async (calls) => {
      const { tx, rx } = pair();
      // Who waits, in order; never on both sides.
      const senders: { value: number; end: AbortController }[] = [];
      const receivers: { end: AbortController; got: Promise<unknown> }[] = [];
      const ended: Promise<unknown>[] = [];
      let value = 0;
      for (const name of calls) {
        value++;
        const end = new AbortController();
        const { signal } = end;
        const receiver = receivers[0];
        const sender = senders[0];
        if (name === "trySend" || name === "send") {
          if (name === "trySend") {
            assertEquals(tx.trySend(value), receiver !== undefined);
          } else {
            const sent = tx.sendAsync(value, { signal }).catch(() => "gone");
            ended.push(sent);
          }
          if (receiver !== undefined) {
            assertEquals(await receiver.got, value);
            receivers.shift();
          } else if (name === "send") senders.push({ value, end });
        } else if (name === "tryRecv") {
          assertEquals(rx.tryRecv(), sender?.value);
          senders.shift();
        } else if (name === "recv") {
          const got = rx.recvAsync({ signal }).catch(() => "gone");
          if (sender !== undefined) {
            assertEquals(await got, sender.value);
            senders.shift();
          } else receivers.push({ end, got });
        } else {
          (senders.pop() ?? receivers.pop())?.end.abort();
          await new Promise((resolve) => setTimeout(resolve));
        }
      }
      tx.close();
      rx.close();
      await Promise.all([...ended, ...receivers.map(({ got }) => got)]);
    }),
    { numRuns: 60 },
  );
});

/** Counters that are about to overflow, as words. */
const LATE = [2 ** 31 - 1, -(2 ** 31), -1, 0] as const;

Deno.test("tickets: what is waited with is never the same twice in a row, also where it wraps", () => {
  const words = wordsOf(sliceOf(4), 1);
  for (const start of LATE) {
    let ticket: number = start;
    const seen = new Set<number>();
    for (let k = 0; k < 100; k++) {
      const waiting = nextWaiting(ticket);
      assert(isWaiting(waiting) && !seen.has(waiting));
      assertEquals(waiting, waiting | 0);
      seen.add(waiting);
      const arm = (k * 31) % MAX_MEETING_ARMS;
      const chosen = chosenIn(waiting, arm);
      assert(!isWaiting(chosen));
      assertEquals(waitingAs(chosen), waiting);
      Atomics.store(words, 0, chosen);
      assertEquals(cancelTicket(words, 0, waiting), arm);
      Atomics.store(words, 0, waiting);
      assertEquals(cancelTicket(words, 0, waiting), -1);
      ticket = k % 2 === 0 ? chosen : Atomics.load(words, 0);
    }
  }
});

Deno.test(
  "Channel rendezvous: knocks and tickets that wrap",
  TIMEOUT,
  async () => {
    const { threads, id } = currentThread();
    const records = wordsOf(
      threads.handle,
      threads.handle.capacity * RECORD_WORDS,
    );
    const own = indexOf(id) * RECORD_WORDS;
    const { tx, rx } = pair();
    for (const start of LATE) {
      Atomics.store(records, own + KNOCKS, start);
      for (let at = TICKETS; at < RECORD_WORDS; at++) {
        Atomics.store(records, own + at, start & -4);
      }
      const choices = await Promise.all(
        Array.from(
          { length: 20 },
          (_, k) => selectAsync({ out: [tx, k], in: rx }),
        ),
      );
      assertEquals(choices.filter(({ key }) => key === "in").length, 10);
      const receiving = rx.recvAsync();
      await tx.sendAsync(5);
      assertEquals(await receiving, 5);
    }
  },
);

Deno.test("Channel rendezvous: the order in which senders came, where it wraps", async () => {
  const record = recordTypeOf<number>("test", "i32");
  const shape = {
    record,
    codec: recordCodec(record),
    capacity: 0,
    reserve: 0,
  };
  for (const start of LATE) {
    const slice = sliceOf(rendezvousFlavor.byteLength(shape));
    Atomics.store(wordsOf(slice, LINE), 3 * LINE / 4 + 1, start - 2 | 0);
    const store = rendezvousFlavor.attach(slice, shape);
    store.init();
    const options = { action: "meet", isOver: () => false };
    const senders = [1, 2, 3, 4, 5].map((value) =>
      store.meeting!.pushAsync(value, options)
    );
    assertEquals([1, 2, 3, 4, 5].map(() => store.tryPop()), [1, 2, 3, 4, 5]);
    await Promise.all(senders);
  }
});
