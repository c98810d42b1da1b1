/**
 * `select()`, `selectAsync()`, `trySelect()` and `Selector`. Names in brackets are
 * those of crossbeam's tests of the same rule.
 */

import {
  assert,
  assertEquals,
  assertGreater,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  after,
  Broadcast,
  bytesCodec,
  Channel,
  type Codec,
  DeadlockError,
  failedArm,
  LaggedError,
  MessageDecodeError,
  never,
  type Receiver,
  select,
  selectAsync,
  Selector,
  type Sender,
  struct,
  tick,
  trySelect,
  Watch,
} from "../../../sync/mod.ts";
import { ownKnocks } from "../../../sync/thread/knocks.ts";
import {
  BLOCKING,
  ownTickets,
  Tickets,
} from "../../../sync/channel/tickets.ts";
import { withoutBlocking } from "../sleeping.ts";
import { KINDS } from "./channel_flavors.ts";

const TIMEOUT = { timeout: 120_000 };

interface Pair {
  readonly tx: Sender<number>;
  readonly rx: Receiver<number>;
}

function pair(capacity?: number): Pair {
  const channel = capacity === undefined
    ? new Channel<number>("f64", { reserve: 2 ** 20 })
    : new Channel<number>("f64", { capacity });
  return { tx: channel.sender(), rx: channel.receiver() };
}

Deno.test("select() receives from the channel that has a message (smoke1, smoke2)", () => {
  const a = pair();
  const b = pair();
  a.tx.send(1);
  assertEquals(select({ a: a.rx, b: b.rx }), {
    key: "a",
    closed: false,
    value: 1,
  });
  b.tx.send(2);
  assertEquals(select({ a: a.rx, b: b.rx }), {
    key: "b",
    closed: false,
    value: 2,
  });
  const five = Array.from({ length: 5 }, () => pair());
  five[4]!.tx.send(5);
  assertEquals(select(five.map(({ rx }) => rx)), {
    key: 4,
    closed: false,
    value: 5,
  });
});

Deno.test("select() sends where there is room, and only there", () => {
  const [full, free] = [pair(1), pair(1)];
  full.tx.send(0);
  const choice = select({ full: [full.tx, 1], free: [free.tx, 2] });
  assertEquals(choice, { key: "free", closed: false, value: undefined });
  assertEquals([full.rx.size, free.rx.recv()], [1, 2]);
  assertEquals(full.rx.recv(), 0);
});

Deno.test("select() says that an arm is closed: that is ready (disconnected) (U8)", () => {
  const a = pair(1);
  const b = pair(1);
  a.tx.close();
  assertEquals(select({ a: a.rx, b: b.rx }), {
    key: "a",
    closed: true,
    value: undefined,
  });
  b.rx.close();
  assertEquals(select({ a: [b.tx, 7] }), { key: "a", closed: true, value: 7 });
});

Deno.test("select() receives what is left before it says that an arm is closed (preflight)", () => {
  const { tx, rx } = pair();
  tx.send(1);
  tx.close();
  assertEquals(select([rx]).value, 1);
  assert(select([rx]).closed);
});

Deno.test("trySelect() answers at once if no arm is ready (default, default_only) (U8)", () => {
  const [a, b] = [pair(), pair(0)];
  assertEquals(trySelect({ a: a.rx, b: b.rx, c: [b.tx, 1] }), undefined);
  assertEquals(trySelect({}), undefined);
  assertEquals(trySelect([]), undefined);
  a.tx.send(1);
  assertEquals(trySelect({ a: a.rx, b: b.rx })?.value, 1);
});

Deno.test("trySelect() says that an arm is closed (default_when_disconnected) (U8)", () => {
  const { tx, rx } = pair();
  tx.close();
  assertEquals(trySelect([rx])?.closed, true);
  const other = pair();
  other.rx.close();
  assertEquals(trySelect([[other.tx, 3]])?.value, 3);
});

Deno.test("select() gives up when its time is up, and has changed nothing (timeout) (U8)", async () => {
  const [a, full, meets] = [pair(), pair(1), pair(0)];
  full.tx.send(0);
  const arms = {
    a: a.rx,
    full: [full.tx, 1],
    meets: meets.rx,
    gives: [meets.tx, 2],
  } as const;
  for (const timeout of [0, 5]) {
    const late = assertThrows(() => select(arms, { timeout }), DOMException);
    assertEquals(late.name, "TimeoutError");
    const soon = await assertRejects(
      () => selectAsync(arms, { timeout }),
      DOMException,
    );
    assertEquals(soon.name, "TimeoutError");
  }
  assertEquals([full.rx.size, full.rx.recv()], [1, 0]);
  assertEquals(meets.rx.tryRecv(), undefined);
  assertEquals(meets.tx.trySend(9), false);
  // With a timeout, no arm is needed.
  assertThrows(() => select({}, { timeout: 1 }), DOMException);
  await assertRejects(() => selectAsync([], { timeout: 1 }), DOMException);
});

Deno.test(
  "selectAsync() gives up by its signal, and has changed nothing",
  TIMEOUT,
  async () => {
    const [a, meets] = [pair(), pair(0)];
    const controller = new AbortController();
    const { signal } = controller;
    const reason = new Error("enough");
    const waiting = selectAsync({ a: a.rx, meets: meets.rx }, { signal });
    controller.abort(reason);
    assertStrictEquals(await waiting.catch((error) => error), reason);
    assertStrictEquals(
      await selectAsync({ a: a.rx }, { signal }).catch((error) => error),
      reason,
    );
    assertEquals(meets.tx.trySend(1), false);
    a.tx.send(2);
    assertEquals(a.rx.recv(), 2);
  },
);

Deno.test(
  "selectAsync() is woken by whichever arm is ready first (unblocks)",
  TIMEOUT,
  async () => {
    for (const { make, holds } of KINDS) {
      const [a, b] = [make(2), make(2)];
      const [ra, rb] = [a.receiver(), b.receiver()];
      const [ta, tb] = [a.sender(), b.sender()];
      const waiting = selectAsync({ a: ra, b: rb });
      if (holds) assert(tb.trySend(2));
      else await tb.sendAsync(2);
      assertEquals(await waiting, { key: "b", closed: false, value: 2 });
      const closed = selectAsync({ a: ra, b: rb });
      ta.close();
      assertEquals(await closed, { key: "a", closed: true, value: undefined });
    }
  },
);

Deno.test("select() takes one of several that are ready (both_ready)", () => {
  const [a, b] = [pair(), pair()];
  a.tx.send(1);
  b.tx.send(2);
  const values = [select([a.rx, b.rx]).value, select([a.rx, b.rx]).value];
  assertEquals(values.toSorted(), [1, 2]);
  assertEquals(trySelect([a.rx, b.rx]), undefined);
});

Deno.test("select() chooses by chance and starves no arm (fairness1, fairness2) (U8)", () => {
  const rounds = 3000;
  const [a, b, c] = [pair(), pair(), pair(1)];
  const arms = {
    a: a.rx,
    b: b.rx,
    c: [c.tx, 0],
    soon: tick(1e-6),
    off: never(),
  } as const;
  const counts: Record<string, number> = {};
  for (let k = 0; k < rounds; k++) {
    a.tx.send(k);
    b.tx.send(k);
    const { key } = select(arms);
    counts[key] = (counts[key] ?? 0) + 1;
    c.rx.tryRecv();
  }
  assertEquals(Object.keys(counts).toSorted(), ["a", "b", "c", "soon"]);
  // Far from what chance would do: 750 each, give or take 24.
  for (const count of Object.values(counts)) assertGreater(count, 500);
});

Deno.test("select({ biased }) takes the first one that is ready (U8)", () => {
  const [a, b, c] = [pair(), pair(), pair()];
  for (let k = 0; k < 50; k++) {
    b.tx.send(k);
    c.tx.send(k);
  }
  const arms = { a: a.rx, b: b.rx, c: c.rx };
  for (let k = 0; k < 50; k++) {
    assertEquals(select(arms, { biased: true }).key, "b");
  }
  assertEquals(trySelect(arms, { biased: true })?.key, "c");
});

Deno.test("select(): several ends of a channel, and one end in several arms (cloning1, cloning2, reuse)", () => {
  const channel = new Channel<number>("i32", { capacity: 8 });
  const [one, two] = [channel.receiver(), channel.receiver()];
  const tx = channel.sender();
  tx.send(1);
  tx.send(2);
  const arms = { one, two, again: one };
  const values = [select(arms).value, select(arms).value];
  assertEquals(values, [1, 2]);
  const sends = { a: [tx, 3], b: [tx, 4] } as const;
  const first = select(sends);
  assertEquals(one.recv(), first.key === "a" ? 3 : 4);
  assertEquals(channel.size, 0);
});

Deno.test("select() in the course of another one (nesting)", () => {
  const { tx, rx } = pair();
  tx.send(0);
  const outer = select({ rx });
  assertEquals(outer.value, 0);
  tx.send(1);
  const inner = select({ again: rx, never: never() });
  assertEquals(inner.value, 1);
});

Deno.test("select() does not meet itself in a rendezvous (send_recv_same_channel)", async () => {
  const meets = pair(0);
  const arms = { out: [meets.tx, 0], in: meets.rx } as const;
  assertEquals(trySelect(arms), undefined);
  assertThrows(() => select(arms, { timeout: 5 }), DOMException);
  await assertRejects(() => selectAsync(arms, { timeout: 5 }), DOMException);
  // With room it can: that is no meeting.
  const room = pair(1);
  const both = { out: [room.tx, 7], in: room.rx } as const;
  assertEquals(select(both).key, "out");
  assertEquals(select(both), { key: "in", closed: false, value: 7 });
});

Deno.test(
  "select() meets another task of its thread in a rendezvous (loop_try)",
  TIMEOUT,
  async () => {
    const meets = pair(0);
    const receiving = meets.rx.recvAsync();
    assertEquals(trySelect([[meets.tx, 1]])?.key, 0);
    assertEquals(await receiving, 1);
    const selecting = selectAsync({ in: meets.rx, off: never() });
    assertEquals(select({ out: [meets.tx, 2] }).key, "out");
    assertEquals((await selecting).value, 2);
    const sending = selectAsync({ out: [meets.tx, 3] });
    assertEquals(meets.rx.recv(), 3);
    assertEquals((await sending).key, "out");
  },
);

Deno.test(
  "selectAsync(): tasks that all send and receive in one rendezvous pair up (matching) (U7, U8)",
  TIMEOUT,
  async () => {
    for (const count of [44, 2, 30]) {
      const meets = pair(0);
      const choices = await Promise.all(
        Array.from(
          { length: count },
          (_, k) => selectAsync({ out: [meets.tx, k], in: meets.rx }),
        ),
      );
      const received = choices.flatMap(({ key, value }, k) => {
        if (key === "out") return [];
        assert(value !== k);
        return [value!];
      });
      const sent = choices.flatMap(({ key }, k) => key === "out" ? [k] : []);
      assertEquals(received.toSorted((a, b) => a! - b!), sent);
      assertEquals(sent.length, count / 2);
      assertEquals(meets.rx.tryRecv(), undefined);
    }
  },
);

Deno.test(
  "selectAsync(): an odd one meets who comes last (matching_with_leftover)",
  TIMEOUT,
  async () => {
    const meets = pair(0);
    const tasks = Array.from(
      { length: 55 },
      (_, k) => selectAsync({ out: [meets.tx, k], in: meets.rx }),
    );
    await meets.tx.sendAsync(99);
    const choices = await Promise.all(tasks);
    const values = choices.flatMap(({ key, value }) =>
      key === "in" ? [value!] : []
    );
    assertEquals(values.length, 28);
    assert(values.includes(99));
    assertEquals(new Set(values).size, 28);
  },
);

Deno.test(
  "selectAsync(): more tasks than a thread has tickets, which all wait for the last one",
  TIMEOUT,
  async () => {
    // All these wait for channels on which nobody sends, before one that can go on.
    const idle = pair(0);
    const meets = pair(0);
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = Array.from(
      { length: 40 },
      () => selectAsync({ idle: idle.rx }, { signal }).catch(() => "aborted"),
    );
    const [out, inn] = await Promise.all([
      selectAsync({ out: [meets.tx, 7] }),
      selectAsync({ in: meets.rx }),
    ]);
    assertEquals([out.key, inn.value], ["out", 7]);
    controller.abort();
    assertEquals(new Set(await Promise.all(waiting)), new Set(["aborted"]));
    // The tickets have come back.
    const [sent, got] = await Promise.all([
      selectAsync([[meets.tx, 8]]),
      selectAsync([meets.rx]),
    ]);
    assertEquals([sent.key, got.value], [0, 8]);
  },
);

Deno.test("select() gives the time of a receiver of time, once", () => {
  const { rx } = pair();
  const start = performance.timeOrigin + performance.now();
  const late = after(2);
  const choice = select({ rx, late });
  assert(choice.key === "late" && choice.value! >= start + 1);
  assertThrows(() => select({ rx, late }, { timeout: 2 }), DOMException);
  assertEquals(select({ rx, soon: after(0) }).key, "soon");
});

Deno.test("select() says so if no arm can ever be ready", async () => {
  const over = after(0);
  assertEquals(select([over]).key, 0);
  for (const arms of [[], [never()], [over], [never(), over]]) {
    assertThrows(() => select(arms), DeadlockError);
    await assertRejects(() => selectAsync(arms), DeadlockError);
    assertEquals(trySelect(arms), undefined);
  }
});

Deno.test("select() refuses arms that are none, before anything happens", async () => {
  const { tx, rx } = pair();
  tx.send(1);
  const wrong: unknown[] = [
    undefined,
    null,
    5,
    "rx",
    {},
    tx,
    [rx, 1],
    [tx],
    [tx, "no"],
    [tx, undefined],
    [{}, 1],
    [],
    () => {},
  ];
  for (const arm of wrong) {
    const arms = [rx, arm] as unknown as [typeof rx];
    assertThrows(() => select(arms), TypeError);
    assertThrows(() => trySelect(arms), TypeError);
    await assertRejects(() => selectAsync(arms), TypeError);
  }
  for (const arms of [undefined, null, 5, "rx"]) {
    assertThrows(() => select(arms as unknown as []), TypeError);
  }
  for (const timeout of [-1, NaN, "1" as unknown as number]) {
    assertThrows(() => select([rx], { timeout }), RangeError);
    await assertRejects(() => selectAsync([rx], { timeout }), RangeError);
  }
  assertEquals(rx.size, 1);
  const i32 = new Channel<number>("i32", { capacity: 1 });
  const small = i32.sender();
  assertThrows(() => select([[small, 0.5]]), RangeError);
  rx.close();
  assertThrows(() => select([rx]), TypeError);
});

Deno.test("select() refuses ends that were closed before it takes anything from others", async () => {
  const { tx, rx } = pair();
  tx.send(1);
  const closed = [
    pair().rx,
    pair(0).rx,
    pair(1).rx,
    new Broadcast<number>("f64", { capacity: 1 }).receiver(),
    new Watch<number>("f64", 0).receiver(),
  ];
  for (const end of closed) end.close();
  const sender = pair().tx;
  sender.close();
  for (const arm of [...closed, [sender, 5] as const]) {
    const arms = [rx, arm];
    assertThrows(() => select(arms, { biased: true }), TypeError);
    assertThrows(() => trySelect(arms, { biased: true }), TypeError);
    const error = await assertRejects(
      () => selectAsync(arms, { biased: true }),
      TypeError,
    );
    assertEquals(failedArm(error), 1);
    const selector = new Selector<string, number>().add("a", rx).add("b", arm);
    const other = assertThrows(() => selector.select(), TypeError);
    assertEquals(failedArm(other), "b");
  }
  assertEquals(rx.size, 1);
});

/** Fails at both ends with numbers of its own. */
const FRAGILE: Codec<number> = {
  name: "fragile",
  encode: (value) => {
    if (value === 8) throw Object.freeze(new Error("eight"));
    return Uint8Array.of(value);
  },
  decode: ([value]) => {
    if (value === 9) throw new Error("nine");
    return value!;
  },
};

Deno.test("failedArm() says which arm an error of a select came from", async () => {
  const idle = pair();
  const small = new Channel<number>("i32", { capacity: 1 }).sender();
  const key = {};
  const failing = [small, 0.5] as const;
  for (const arms of [{ idle: idle.rx, failing }, { failing }]) {
    const error = assertThrows(() => select(arms), RangeError);
    assertEquals(failedArm(error), "failing");
  }
  const selector = new Selector<unknown, number>().add(1, idle.rx)
    .add(key, failing);
  const refused = assertThrows(() => selector.trySelect(), RangeError);
  assertStrictEquals(failedArm(refused), key);

  const news = new Broadcast<number>("f64", { capacity: 1 });
  const [publisher, subscriber] = [news.sender(), news.receiver()];
  publisher.send(1);
  publisher.send(2);
  const lagged = assertThrows(() => trySelect([idle.rx, subscriber]));
  assert(lagged instanceof LaggedError);
  assertEquals(failedArm(lagged), 1);

  for (const capacity of [4, 0]) {
    const channel = new Channel(FRAGILE, { capacity });
    const [tx, rx] = [channel.sender(), channel.receiver()];
    const sent = tx.sendAsync(9);
    const first = await assertRejects(
      () => selectAsync({ idle: idle.rx, rx }),
      MessageDecodeError,
    );
    assertEquals(failedArm(first), "rx");
    await sent;
    // The one that waits for it, as well.
    const waiting = selectAsync({ idle: idle.rx, rx });
    await tx.sendAsync(9);
    const second = await assertRejects(() => waiting, MessageDecodeError);
    assertEquals(failedArm(second), "rx");
    // Anybody's errors; a rendezvous encodes when it goes to the table.
    const third = await assertRejects(
      () => selectAsync([idle.rx, [tx, 8]], { timeout: 1000 }),
      Error,
      "eight",
    );
    assertEquals(failedArm(third), 1);
  }
});

Deno.test("failedArm() says which end was closed while a select waited, and nothing of other errors", async () => {
  for (const capacity of [1, 0]) {
    const [a, b] = [pair(capacity), pair(capacity)];
    const waiting = selectAsync({ a: a.rx, b: b.rx });
    b.rx.close();
    const error = await assertRejects(() => waiting, TypeError);
    assertEquals(failedArm(error), "b");
  }
  const { rx } = pair();
  const late = assertThrows(() => select({ rx }, { timeout: 1 }));
  assertEquals(failedArm(late), undefined);
  const reason = new Error("enough");
  const aborted = await assertRejects(() =>
    selectAsync({ rx }, { signal: AbortSignal.abort(reason) })
  );
  assertStrictEquals(aborted, reason);
  assertEquals(failedArm(aborted), undefined);
  for (const other of [undefined, null, 5, "rx", new Error()]) {
    assertEquals(failedArm(other), undefined);
  }
});

Deno.test("select() types what it answers by the keys", () => {
  const numbers = pair();
  const Point = struct({ x: "f64", y: "f64" });
  const points = new Channel(Point, { capacity: 4 });
  const [tx, rx] = [points.sender(), points.receiver()];
  tx.send({ x: 1, y: 2 });
  const choice = select({ n: numbers.rx, p: rx, out: [numbers.tx, 5] }, {
    biased: true,
  });
  if (choice.key === "p" && !choice.closed) {
    const { x, y }: { x: number; y: number } = choice.value;
    assertEquals([x, y], [1, 2]);
  } else if (choice.key === "n" && !choice.closed) {
    const _: number = choice.value;
    throw new Error("nothing was sent there");
  } else if (choice.key === "out" && !choice.closed) {
    const _: undefined = choice.value;
  }
  assertEquals(choice.key, "p");
  numbers.tx.send(3);
  const array = select([numbers.rx, rx] as const);
  if (array.key === 0 && !array.closed) {
    const value: number = array.value;
    assertEquals(value, 3);
  }
  // @ts-expect-error -- a message of another type
  assertThrows(() => select([[numbers.tx, "5"]]), TypeError);
  // @ts-expect-error -- no such key
  assert(array.key !== 2);
});

Deno.test("Selector: arms come and go; each message is received once (U19)", () => {
  const pairs = Array.from({ length: 4 }, () => pair());
  const selector = new Selector<number, number>();
  pairs.forEach(({ rx }, k) => selector.add(k, rx));
  assertEquals(selector.size, 4);
  pairs.forEach(({ tx }, k) => {
    for (let n = 0; n < 25; n++) tx.send(100 * k + n);
    tx.close();
  });
  const next = [0, 0, 0, 0];
  while (selector.size > 0) {
    const { key, closed, value } = selector.select();
    if (closed) assert(selector.remove(key));
    else assertEquals(value, 100 * key + next[key]!++);
  }
  assertEquals(next, [25, 25, 25, 25]);
  assert(!selector.remove(0));
  assertEquals(selector.trySelect(), undefined);
  assertThrows(() => selector.select({ timeout: 1 }), DOMException);
  assertThrows(() => selector.select(), DeadlockError);
});

Deno.test(
  "Selector sends and receives, blocking and not (U19)",
  TIMEOUT,
  async () => {
    const [a, b] = [pair(1), pair(0)];
    const selector = new Selector<Sender<number> | string, number>()
      .add(a.tx, [a.tx, 1])
      .add("b", b.rx);
    assert(selector.has("b") && !selector.has("c"));
    assertEquals(selector.select().key, a.tx);
    // It is full now; the arm stays.
    assertEquals(selector.trySelect(), undefined);
    assertThrows(() => selector.select({ timeout: 1 }), DOMException);
    const waiting = selector.selectAsync();
    await b.tx.sendAsync(2);
    assertEquals(await waiting, { key: "b", closed: false, value: 2 });
    selector.add(a.tx, [a.tx, 3]);
    assertEquals(selector.size, 2);
    assertEquals(a.rx.recv(), 1);
    assertEquals((await selector.selectAsync()).key, a.tx);
    assertEquals(a.rx.recv(), 3);
    const controller = new AbortController();
    const aborted = selector.remove(a.tx) &&
      selector.selectAsync({ signal: controller.signal });
    controller.abort();
    await assertRejects(() => aborted as Promise<unknown>, DOMException);
  },
);

Deno.test(
  "select() beside async receives of the same channel",
  TIMEOUT,
  async () => {
    const { tx, rx } = pair();
    const [first, second] = [rx.recvAsync(), selectAsync({ rx })];
    tx.send(1);
    tx.send(2);
    const values = [await first, (await second).value];
    assertEquals(values.toSorted(), [1, 2]);
  },
);

Deno.test(
  "select() that blocks stands in the table whatever tasks of its thread wait",
  TIMEOUT,
  async () => {
    const [idle, meets] = [pair(0), pair(0)];
    const controller = new AbortController();
    const { signal } = controller;
    const tasks = Array.from(
      { length: BLOCKING + 1 },
      () => selectAsync([idle.rx], { signal }).catch(() => {}),
    );
    const tickets = ownTickets();
    const own = tickets.takeBlocking();
    assertEquals(own, BLOCKING);
    // One in the course of another one.
    assertEquals(tickets.takeBlocking(), 0);
    tickets.give(own);
    const { take } = Tickets.prototype;
    Tickets.prototype.take = () => {
      throw new Error("It takes none of the others");
    };
    try {
      assertThrows(() => select([meets.rx], { timeout: 1 }), DOMException);
    } finally {
      Tickets.prototype.take = take;
    }
    controller.abort();
    await Promise.all(tasks);
  },
);

Deno.test(
  "selectAsync() ends when an end of its arms is closed, also one of several",
  TIMEOUT,
  async () => {
    for (const capacity of [1, 0]) {
      const channel = new Channel("f64", { capacity });
      const [rx, tx] = [channel.receiver(), channel.sender()];
      const [_rx, other] = [channel.receiver(), channel.sender()];
      const knocks = ownKnocks();
      const receiving = selectAsync([rx]);
      let seen = knocks.count;
      rx.close();
      // It is told, and does not find out after a slice.
      assert(knocks.count !== seen);
      await assertRejects(() => receiving, TypeError);
      if (capacity > 0) other.send(1);
      const sending = selectAsync([[tx, 5]]);
      seen = knocks.count;
      tx.close();
      assert(knocks.count !== seen);
      await assertRejects(() => sending, TypeError);
    }
  },
);

Deno.test(
  "selectAsync() answers with the key that the arm had when it began",
  TIMEOUT,
  async () => {
    const [a, b] = [pair(1), pair(1)];
    const arms: Record<string, Receiver<number>> = { a: a.rx, b: b.rx };
    const waiting = selectAsync(arms);
    delete arms.a;
    b.tx.send(5);
    assertEquals(await waiting, { key: "b", closed: false, value: 5 });
  },
);

Deno.test(
  "select: its own long message keeps nobody from sending it one",
  TIMEOUT,
  async () => {
    const channel = new Channel(bytesCodec, { capacity: 0, reserve: 4096 });
    const [tx, rx] = [channel.sender(), channel.receiver()];
    const choice = selectAsync([[tx, new Uint8Array(4000)], rx], {
      timeout: 5000,
    });
    const other = channel.sender();
    await other.sendAsync(new Uint8Array(3000), { timeout: 5000 });
    assertEquals((await choice).value?.length, 3000);
  },
);

Deno.test("select() that cannot sleep leaves the table", () => {
  const { tx, rx } = pair(0);
  const options = { timeout: 60_000 };
  withoutBlocking(() => {
    assertThrows(() => select([rx], options), TypeError);
    assert(!tx.trySend(1));
    assertThrows(() => rx.recv(options), TypeError);
    assert(!tx.trySend(2));
    assertThrows(() => tx.send(3, options), TypeError);
    assertEquals(rx.tryRecv(), undefined);
  });
});
