/**
 * What every kind of channel does, by crossbeam's list of names.
 */

import {
  assert,
  assertEquals,
  assertFalse,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import {
  bytesCodec,
  Channel,
  ChannelClosedError,
  type ChannelHandle,
  type Codec,
  MAX_CHANNEL_CAPACITY,
  Receiver,
  Sender,
  struct,
  textCodec,
  trySelect,
} from "../../../sync/mod.ts";
import { portableCodec } from "../../../codec/mod.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { sliceOf } from "../memory.ts";
import { claimOther, runAs } from "../other_thread.ts";
import { NUMBERS } from "../fixtures/channel_codec.ts";
import { KINDS } from "./channel_flavors.ts";

const TIMEOUT = { timeout: 120_000 };
const SOON = { timeout: 5000 };

/** Both ends of a new channel. */
function endsOf<T>(channel: Channel<T>): [Sender<T>, Receiver<T>] {
  return [channel.sender(), channel.receiver()];
}

/** Lets what was told be heard. */
function turn(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 0);
  return promise;
}

function nameOf(action: () => unknown): string {
  return assertThrows(action, Error).name;
}

for (const { name, make, bounded, many, holds } of KINDS) {
  Deno.test(`Channel ${name} smoke`, TIMEOUT, async () => {
    const [tx, rx] = endsOf(make(1));
    for (const value of [7, 8]) {
      const sent = tx.sendAsync(value);
      assertEquals(await rx.recvAsync(), value);
      await sent;
    }
    assertEquals(rx.tryRecv(), undefined);
    assertThrows(() => rx.recv({ timeout: 0 }), DOMException);
  });

  Deno.test(`Channel ${name} capacity`, () => {
    for (const capacity of [1, 2, 3, 100]) {
      const channel = make(capacity);
      const wanted = bounded ? capacity : holds ? Infinity : 0;
      assertEquals(channel.capacity, wanted);
      const [tx, rx] = endsOf(channel);
      assertEquals([tx.capacity, rx.capacity], [wanted, wanted]);
    }
  });

  Deno.test(`Channel ${name} len_empty_full`, () => {
    const channel = make(2);
    const [tx, rx] = endsOf(channel);
    const look = () => {
      const looks = [channel, tx, rx].map((
        { size, isEmpty, isFull },
      ) => [size, isEmpty, isFull]);
      assertEquals(looks[1], looks[0]);
      assertEquals(looks[2], looks[0]);
      return looks[0];
    };
    assertEquals(look(), [0, true, !holds]);
    if (!holds) return assertFalse(tx.trySend(1));
    assert(tx.trySend(1));
    assertEquals(look(), [1, false, false]);
    assert(tx.trySend(2));
    assertEquals(look(), [2, false, bounded]);
    assertEquals(tx.trySend(3), !bounded);
    rx.drain();
    assertEquals(look(), [0, true, false]);
  });

  Deno.test(`Channel ${name} try_recv`, () => {
    const [tx, rx] = endsOf(make(1));
    assertEquals(rx.tryRecv(), undefined);
    if (holds) {
      tx.send(7);
      assertEquals(rx.tryRecv(), 7);
      assertEquals(rx.tryRecv(), undefined);
    }
    tx.close();
    assertThrows(() => rx.tryRecv(), ChannelClosedError);
  });

  Deno.test(`Channel ${name} try_send`, async () => {
    const [tx, rx] = endsOf(make(1));
    assertEquals(tx.trySend(1), holds);
    assertEquals(tx.trySend(2), holds && !bounded);
    const received = holds ? [] : [rx.recvAsync()];
    if (!holds) assert(tx.trySend(1));
    await Promise.all(received);
    rx.close();
    const error = assertThrows(() => tx.trySend(3), ChannelClosedError);
    assertEquals(error.value, 3);
  });

  Deno.test(`Channel ${name} recv_timeout`, TIMEOUT, async () => {
    const [tx, rx] = endsOf(make(1));
    for (const timeout of [0, 2]) {
      assertEquals(nameOf(() => rx.recv({ timeout })), "TimeoutError");
      assertEquals(nameOf(() => rx.recvMany(2, { timeout })), "TimeoutError");
      await assertRejects(() => rx.recvAsync({ timeout }), DOMException);
      await assertRejects(() => rx.recvManyAsync(2, { timeout }), DOMException);
    }
    const sent = tx.sendAsync(1);
    assertEquals(await rx.recvAsync(SOON), 1);
    await sent;
    tx.close();
    assertThrows(() => rx.recv(SOON), ChannelClosedError);
    await assertRejects(() => rx.recvAsync(SOON), ChannelClosedError);
  });

  Deno.test(`Channel ${name} send_timeout`, TIMEOUT, async () => {
    const [tx, rx] = endsOf(make(1));
    if (holds) tx.send(1, { timeout: 0 });
    if (bounded || !holds) {
      for (const timeout of [0, 2]) {
        assertEquals(nameOf(() => tx.send(2, { timeout })), "TimeoutError");
        await assertRejects(() => tx.sendAsync(2, { timeout }), DOMException);
      }
    }
    // What was not sent in time is not there.
    assertEquals(rx.drain(), holds ? [1] : []);
    rx.close();
    assertThrows(() => tx.send(3, SOON), ChannelClosedError);
    const error = await assertRejects(
      () => tx.sendAsync(3, SOON),
      ChannelClosedError,
    );
    assertEquals(error.value, 3);
  });

  Deno.test(`Channel ${name} send_after_disconnect: receivers gone, the message comes back (U6)`, async () => {
    const channel = make(4);
    const [tx, rx] = endsOf(channel);
    if (holds) tx.send(1);
    rx.close();
    assert(tx.isClosed && channel.isClosed);
    for (const value of [2, 3]) {
      const errors = [
        assertThrows(() => tx.send(value), ChannelClosedError),
        assertThrows(() => tx.trySend(value), ChannelClosedError),
        await assertRejects(() => tx.sendAsync(value), ChannelClosedError),
      ];
      assertEquals(errors.map((error) => error.value), [value, value, value]);
    }
    assertThrows(() => channel.receiver(), ChannelClosedError);
  });

  Deno.test(`Channel ${name} recv_after_disconnect: what is there comes first (U6)`, async () => {
    const channel = make(4);
    const [tx, rx] = endsOf(channel);
    const values = holds ? [1, 2, 3] : [];
    for (const value of values) tx.send(value);
    tx.close();
    assert(rx.isClosed && channel.isClosed);
    assertEquals(values.map(() => rx.recv()), values);
    assertThrows(() => rx.recv(), ChannelClosedError);
    assertThrows(() => rx.tryRecv(), ChannelClosedError);
    assertThrows(() => rx.recvMany(1), ChannelClosedError);
    await assertRejects(() => rx.recvAsync(), ChannelClosedError);
    await assertRejects(() => rx.recvManyAsync(1), ChannelClosedError);
    assertEquals(rx.drain(), []);
    assertEquals([...rx], []);
    assertThrows(() => channel.sender(), ChannelClosedError);
  });

  Deno.test(`Channel ${name} drop_unreceived: nothing is left when the receivers are gone (U6)`, () => {
    const channel = make(4);
    const [tx, rx] = endsOf(channel);
    for (let k = 0; k < 3; k++) tx.trySend(k);
    rx.close();
    assertEquals([channel.size, tx.size], [0, 0]);
    assert(channel.isEmpty);
  });

  Deno.test(`Channel.close() ${name}: senders are told, receivers drain (U6, U18)`, async () => {
    const channel = make(4);
    const [tx, rx] = endsOf(channel);
    if (holds) tx.send(1);
    assert(channel.close());
    assertFalse(channel.close());
    const error = assertThrows(() => tx.send(2), ChannelClosedError);
    assertEquals(error.value, 2);
    assertThrows(() => channel.sender(), ChannelClosedError);
    rx.close();
    // One that comes late may drain, as long as there is another one.
    const late = make(4);
    const sender = late.sender();
    if (holds) sender.send(1);
    late.close();
    assertEquals([...late.receiver()], holds ? [1] : []);
    await assertRejects(() => sender.sendAsync(3), ChannelClosedError);
  });

  Deno.test(
    `Channel ${name} disconnect_wakes_receiver: an async one`,
    TIMEOUT,
    async () => {
      const [tx, rx] = endsOf(make(1));
      const received = rx.recvAsync();
      await turn();
      tx.close();
      await assertRejects(() => received, ChannelClosedError);
    },
  );

  if (bounded || !holds) {
    Deno.test(
      `Channel ${name} disconnect_wakes_sender: an async one`,
      TIMEOUT,
      async () => {
        const [tx, rx] = endsOf(make(1));
        if (holds) tx.send(1);
        const sent = tx.sendAsync(2);
        await turn();
        rx.close();
        const error = await assertRejects(() => sent, ChannelClosedError);
        assertEquals(error.value, 2);
      },
    );
  }

  Deno.test(
    `Channel ${name}: an end that is closed is of no use, the others are`,
    TIMEOUT,
    async () => {
      const channel = make(1);
      const [tx, rx] = endsOf(channel);
      const waiting = rx.recvAsync();
      await turn();
      const others = many ? endsOf(channel) : undefined;
      rx.close();
      rx.close();
      await assertRejects(() => waiting, TypeError);
      assertThrows(() => rx.recv(), TypeError);
      assertThrows(() => rx.tryRecv(), TypeError);
      assertThrows(() => rx.drain(), TypeError);
      await assertRejects(() => rx.recvAsync(), TypeError);
      assert(rx.isClosed);
      tx.close();
      tx.close();
      assertThrows(() => tx.send(1), TypeError);
      assertThrows(() => tx.trySend(1), TypeError);
      await assertRejects(() => tx.sendAsync(1), TypeError);
      assert(tx.isClosed);
      if (others === undefined) return assert(channel.isClosed);
      assertFalse(channel.isClosed);
      const sent = others[0].sendAsync(5);
      assertEquals(await others[1].recvAsync(), 5);
      await sent;
    },
  );

  Deno.test(
    `Channel ${name}: an aborted receive takes nothing`,
    TIMEOUT,
    async () => {
      const [tx, rx] = endsOf(make(1));
      const controller = new AbortController();
      const { signal } = controller;
      const givenUp = rx.recvAsync({ signal });
      const next = rx.recvAsync();
      await turn();
      const reason = new Error("enough");
      controller.abort(reason);
      assertStrictEquals(await givenUp.catch((error) => error), reason);
      const late = rx.recvAsync({ signal });
      assertStrictEquals(await late.catch((error) => error), reason);
      await tx.sendAsync(7);
      assertEquals(await next, 7);
    },
  );

  if (bounded || !holds) {
    Deno.test(
      `Channel ${name}: an aborted send sends nothing`,
      TIMEOUT,
      async () => {
        const [tx, rx] = endsOf(make(1));
        if (holds) tx.send(1);
        const controller = new AbortController();
        const { signal } = controller;
        const givenUp = tx.sendAsync(2, { signal });
        const next = tx.sendAsync(3);
        await turn();
        controller.abort();
        await assertRejects(() => givenUp, DOMException);
        await assertRejects(() => tx.sendAsync(4, { signal }), DOMException);
        if (holds) assertEquals(await rx.recvAsync(), 1);
        assertEquals(await rx.recvAsync(), 3);
        await next;
        assertEquals(rx.tryRecv(), undefined);
      },
    );
  }

  Deno.test(
    `Channel ${name}: async calls of one end are served in their order (U19)`,
    TIMEOUT,
    async () => {
      const [tx, rx] = endsOf(make(2));
      const received = [1, 2, 3, 4, 5].map(() => rx.recvAsync());
      const sent = [1, 2, 3, 4, 5].map((value) => tx.sendAsync(value));
      assertEquals(await Promise.all(received), [1, 2, 3, 4, 5]);
      await Promise.all(sent);
      const more = [1, 2, 3, 4, 5].map((value) => tx.sendAsync(value));
      for (let k = 1; k <= 5; k++) assertEquals(await rx.recvAsync(), k);
      await Promise.all(more);
    },
  );

  Deno.test(`Receiver.drain() ${name} takes what is there (U19)`, async () => {
    const [tx, rx] = endsOf(make(4));
    const sent = [1, 2, 3].map((value) => tx.sendAsync(value));
    await turn();
    assertEquals(rx.drain(), [1, 2, 3]);
    assertEquals(rx.drain(), []);
    await Promise.all(sent);
  });

  Deno.test(
    `Receiver.recvMany() ${name} takes at least one and at most so many (U18)`,
    TIMEOUT,
    async () => {
      const [tx, rx] = endsOf(make(4));
      const sent = [1, 2, 3, 4].map((value) => tx.sendAsync(value));
      await turn();
      assertEquals(rx.recvMany(3), [1, 2, 3]);
      const target = new Float64Array(3);
      assertEquals(rx.recvMany(target), 1);
      assertEquals([...target], [4, 0, 0]);
      await Promise.all(sent);
      const many = rx.recvManyAsync(2);
      await tx.sendAsync(5);
      assertEquals(await many, [5]);
      const into = rx.recvManyAsync(target);
      await tx.sendAsync(6);
      assertEquals([await into, target[0]], [1, 6]);
      for (const bad of [0, -1, 1.5, NaN, [], undefined]) {
        assertThrows(() => rx.recvMany(bad as never), RangeError);
        await assertRejects(() => rx.recvManyAsync(bad as never), RangeError);
      }
    },
  );

  Deno.test(
    `Receiver ${name} iter: all messages until the end, by both doors (U6)`,
    TIMEOUT,
    async () => {
      const [tx, rx] = endsOf(make(10));
      if (holds) {
        for (let k = 0; k < 5; k++) tx.send(k);
        const taken: number[] = [];
        for (const value of rx) {
          taken.push(value);
          if (taken.length === 5) break;
        }
        assertEquals(taken, [0, 1, 2, 3, 4]);
      }
      const sent = [5, 6, 7].map((value) => tx.sendAsync(value));
      Promise.all(sent).then(() => tx.close());
      const rest: number[] = [];
      for await (const value of rx) rest.push(value);
      assertEquals(rest, [5, 6, 7]);
      assertEquals([...rx], []);
    },
  );

  Deno.test(
    `Channel ${name}: bad input is refused and changes nothing`,
    TIMEOUT,
    async () => {
      const channel = make(2);
      const [tx, rx] = endsOf(channel);
      for (const timeout of [-1, NaN, "5" as never]) {
        assertThrows(() => tx.send(1, { timeout }), RangeError);
        assertThrows(() => rx.recv({ timeout }), RangeError);
        assertThrows(() => rx.recvMany(1, { timeout }), RangeError);
        await assertRejects(() => tx.sendAsync(1, { timeout }), RangeError);
        await assertRejects(() => rx.recvAsync({ timeout }), RangeError);
      }
      assertThrows(() => tx.send(undefined as never), TypeError);
      assertThrows(() => tx.trySend(undefined as never), TypeError);
      await assertRejects(() => tx.sendAsync(undefined as never), TypeError);
      assertEquals(channel.size, 0);
      assertEquals(rx.tryRecv(), undefined);
    },
  );

  Deno.test(
    `Channel ${name}: handles attach to the same channel and open no end (U19)`,
    TIMEOUT,
    async () => {
      const channel = make(2);
      const handle = structuredClone(channel.handle);
      const codec = handle.codec === undefined ? undefined : codecOf(name);
      // What flume and tokio call a weak sender.
      const same = Channel.from<number>(handle, codec);
      assertEquals([same.senderCount, same.receiverCount], [0, 0]);
      assertFalse(same.isClosed);
      assert(same.sameChannel(channel));
      assertFalse(same.sameChannel(make(2)));
      const tx = Sender.from<number>({ ...handle, kind: "Sender" }, codec);
      const rx = Receiver.from<number>({ ...handle, kind: "Receiver" }, codec);
      assert(tx.sameChannel(rx) && rx.sameChannel(tx) && same.sameChannel(tx));
      assertEquals([same.senderCount, same.receiverCount], [1, 1]);
      assertEquals([tx.handle.kind, rx.handle.kind], ["Sender", "Receiver"]);
      const sent = tx.sendAsync(3);
      assertEquals(await rx.recvAsync(), 3);
      await sent;
      tx.close();
      assertEquals([same.senderCount, same.receiverCount], [0, 1]);
      // It cannot be upgraded once all senders are gone.
      assertThrows(() => same.sender(), ChannelClosedError);
    },
  );

  Deno.test(
    `Channel ${name}: an end whose thread is lost counts as closed`,
    TIMEOUT,
    async () => {
      const { threads } = currentThread();
      using other = claimOther();
      const channel = make(1);
      const there = runAs(other.id, () =>
        Channel.from<number>(
          channel.handle,
          channel.handle.codec === undefined ? undefined : codecOf(name),
        ));
      const theirs = runAs(other.id, () => there.sender());
      const rx = channel.receiver();
      if (holds) theirs.send(1);
      const waiting = holds ? rx.recv() : rx.recvAsync();
      const more = rx.recvAsync();
      await turn();
      threads.markLost(other.id);
      if (holds) assertEquals(await waiting, 1);
      else {await assertRejects(
          () => waiting as Promise<number>,
          ChannelClosedError,
        );}
      await assertRejects(() => more, ChannelClosedError);
      assertThrows(() => rx.recv(), ChannelClosedError);
      assertEquals(channel.senderCount, 0);
      // And a receiver.
      using another = claimOther();
      const second = make(1);
      runAs(another.id, () =>
        Channel.from<number>(
          second.handle,
          second.handle.codec === undefined ? undefined : codecOf(name),
        ).receiver());
      const tx = second.sender();
      if (bounded) tx.send(1);
      threads.markLost(another.id);
      assertThrows(() => {
        // Without a limit they are looked for now and then.
        for (let k = 0; k < 1000; k++) tx.send(k, SOON);
      }, ChannelClosedError);
    },
  );

  Deno.test(
    `Sender.clone(), Receiver.clone() ${name} open another end of the same channel`,
    TIMEOUT,
    async () => {
      const channel = make(2);
      const [tx, rx] = endsOf(channel);
      if (!many) {
        assertThrows(() => tx.clone(), TypeError);
        assertThrows(() => rx.clone(), TypeError);
        assertEquals([channel.senderCount, channel.receiverCount], [1, 1]);
        return;
      }
      const [tx2, rx2] = [tx.clone(), rx.clone()];
      assert(tx2.sameChannel(tx) && rx2.sameChannel(rx));
      assertEquals([channel.senderCount, channel.receiverCount], [2, 2]);
      const waiting = rx.recvAsync();
      // To close one end is no concern of the other one.
      tx.close();
      rx.close();
      await assertRejects(() => waiting, TypeError);
      assertFalse(channel.isClosed);
      assertThrows(() => tx.clone(), TypeError);
      assertThrows(() => rx.clone(), TypeError);
      const sent = tx2.sendAsync(1);
      assertEquals(await rx2.recvAsync(), 1);
      await sent;
      // Who receives may be cloned to the end; who sends may not.
      channel.close();
      assertThrows(() => tx2.clone(), ChannelClosedError);
      rx2.clone().close();
      assertEquals([channel.senderCount, channel.receiverCount], [1, 1]);
    },
  );

  if (!holds) continue;

  Deno.test(`Channel ${name} does what an array does`, () => {
    const step = fc.oneof(
      fc.tuple(fc.constant("send"), fc.integer()),
      fc.tuple(fc.constant("recv"), fc.constant(0)),
      fc.tuple(fc.constant("many"), fc.integer({ min: 1, max: 5 })),
      fc.tuple(fc.constant("drain"), fc.constant(0)),
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(step, { maxLength: 60 }),
        (capacity, steps) => {
          const channel = make(capacity);
          const [tx, rx] = endsOf(channel);
          const model: number[] = [];
          for (const [call, value] of steps) {
            if (call === "send") {
              const fits = !bounded || model.length < capacity;
              if (fits) model.push(value);
              assertEquals(tx.trySend(value), fits);
            } else if (call === "recv") {
              assertEquals(rx.tryRecv(), model.shift());
            } else if (call === "drain") {
              assertEquals(rx.drain(), model.splice(0));
            } else if (model.length > 0) {
              assertEquals(rx.recvMany(value), model.splice(0, value));
            }
            assertEquals(channel.size, model.length);
          }
          tx.close();
          assertEquals([...rx], model);
        },
      ),
      { numRuns: 30 },
    );
  });
}

function codecOf(name: string) {
  assert(name.endsWith("codec"));
  return NUMBERS;
}

Deno.test("Channel: structs are sent and received without new objects", () => {
  const Point = struct({ x: "f64", id: "u32", seen: "bool" });
  for (const options of [{ capacity: 3 }, { capacity: 3, single: true }, {}]) {
    const channel = new Channel(Point, options);
    const [tx, rx] = endsOf(channel);
    const point = { x: 0.5, id: 7, seen: true };
    tx.send(point);
    point.id = 8;
    tx.send(point);
    assertEquals(rx.recv(), { x: 0.5, id: 7, seen: true });
    const into = { x: 0, id: 0, seen: false };
    assertStrictEquals(rx.recv({ into }), into);
    assertEquals(into.id, 8);
    tx.send(point);
    assertStrictEquals(rx.tryRecv(into), into);
    tx.send(point);
    assertNotStrictEquals(rx.recv(), into);
    const same = Channel.from(structuredClone(channel.handle));
    assertEquals(same.handle.record, Point.form);
    assertThrows(() => tx.send({ x: 1 } as never), TypeError);
    assertThrows(() => tx.send({ ...point, id: -1 }), RangeError);
    assertThrows(() => tx.send(null as never), TypeError);
    assertEquals(channel.size, 0);
  }
});

Deno.test(
  "Receiver refuses what a struct cannot be put into before it takes a message",
  TIMEOUT,
  async () => {
    const Point = struct({ x: "f64" });
    for (
      const options of [
        { capacity: 4 },
        { capacity: 3 },
        { capacity: 4, single: true },
        {},
        { capacity: 0 },
      ]
    ) {
      const [tx, rx] = endsOf(new Channel(Point, options));
      // With a call in line, and with none.
      for (const early of [false, true]) {
        const first = early ? rx.recvAsync() : undefined;
        const sent = first === undefined ? tx.sendAsync({ x: 1 }) : undefined;
        for (const bad of [5, "x", null, true, Symbol.iterator]) {
          const into = bad as never;
          assertThrows(() => rx.tryRecv(into), TypeError);
          assertThrows(() => rx.recv({ into }), TypeError);
          assertThrows(() => rx.recv({ into, timeout: 0 }), TypeError);
          await assertRejects(() => rx.recvAsync({ into }), TypeError);
        }
        if (first !== undefined) await tx.sendAsync({ x: 1 });
        assertEquals(await (first ?? rx.recvAsync()), { x: 1 });
        await sent;
      }
      assertEquals(rx.tryRecv(), undefined);
    }
  },
);

Deno.test("Channel: the caller's code may use the channel that it is called by", () => {
  const Point = struct({ x: "f64" });
  for (const options of [{ capacity: 4 }, { capacity: 4, single: true }, {}]) {
    const [tx, rx] = endsOf(new Channel(Point, options));
    tx.send({
      get x() {
        tx.send({ x: 1 });
        return 2;
      },
    });
    assertEquals(rx.drain(), [{ x: 1 }, { x: 2 }]);
    const evil = {
      get x(): number {
        throw new Error("no");
      },
    };
    assertEquals(nameOf(() => tx.send(evil)), "Error");
    tx.send({ x: 3 });
    assertEquals(rx.drain(), [{ x: 3 }]);
  }
});

Deno.test(
  "Sender: a message that was refused and is smaller now is sent",
  TIMEOUT,
  () => {
    const text: Codec<{ text: string }> = {
      name: "text of an object",
      encode: ({ text }) => new TextEncoder().encode(text),
      decode: (bytes) => ({ text: new TextDecoder().decode(bytes) }),
    };
    const [tx, rx] = endsOf(new Channel(text, { capacity: 9, reserve: 1024 }));
    tx.send({ text: "x".repeat(600) });
    const message = { text: "y".repeat(700) };
    assertFalse(tx.trySend(message));
    message.text = "z";
    assert(tx.trySend(message));

    message.text = "y".repeat(700);
    assertThrows(() => tx.send(message, { timeout: 1 }), DOMException);
    message.text = "z";
    tx.send(message, SOON);
    message.text = "y".repeat(700);
    assertEquals(trySelect([[tx, message]]), undefined);
    message.text = "z";
    assertEquals(trySelect([[tx, message]])?.key, 0);
    assertEquals(rx.size, 4);
  },
);

Deno.test("Channel: messages of a codec may be null, false and 0", async () => {
  const json = {
    name: "json",
    encode: (value: unknown) => new TextEncoder().encode(JSON.stringify(value)),
    decode: (bytes: Uint8Array) =>
      JSON.parse(new TextDecoder().decode(bytes.slice())),
  };
  for (const options of [{ capacity: 4 }, {}, { capacity: 0 }]) {
    const [tx, rx] = endsOf(new Channel<unknown>(json, options));
    const values = [null, false, 0, ""];
    for (const value of values) {
      const sent = tx.sendAsync(value);
      assertEquals(await rx.recvAsync(), value);
      await sent;
    }
    const received = values.map(() => rx.recvAsync());
    for (const value of values) await tx.sendAsync(value);
    assertEquals(await Promise.all(received), values);
    Promise.all(values.map((value) => tx.sendAsync(value))).then(() =>
      tx.close()
    );
    const all: unknown[] = [];
    for await (const value of rx) all.push(value);
    assertEquals(all, values);
  }
});

Deno.test("Receiver.recvMany() gives what came before a message that cannot be decoded", () => {
  const fragile = {
    name: "fragile",
    encode: (value: number) => Uint8Array.of(value),
    decode: (bytes: Uint8Array) => {
      if (bytes[0] === 9) throw new Error("nine");
      return bytes[0]!;
    },
  };
  const [tx, rx] = endsOf(new Channel(fragile, { capacity: 4 }));
  for (const value of [1, 2, 9, 3]) tx.send(value);
  assertEquals(rx.recvMany(4), [1, 2]);
  assertThrows(() => rx.recv(), Error);
  assertEquals(rx.recv(), 3);
  // There is room again for all of them.
  for (const value of [9, 9, 9, 9]) assert(tx.trySend(value));
  for (let k = 0; k < 4; k++) assertThrows(() => rx.recv(), Error);
  assert(tx.trySend(1));
});

Deno.test(
  "Sender.sendAsync() goes on with the next call when the first one gives up",
  TIMEOUT,
  async () => {
    for (const gives of ["abort", "timeout"]) {
      const [tx, rx] = endsOf(
        new Channel(bytesCodec, { capacity: 9, reserve: 1024 }),
      );
      tx.send(new Uint8Array(600));
      const stop = new AbortController();
      const options = gives === "abort"
        ? { signal: stop.signal }
        : { timeout: 5 };
      const large = tx.sendAsync(new Uint8Array(700), options);
      const small = tx.sendAsync(new Uint8Array(8));
      stop.abort();
      // In the same step: not only when they look again after a while.
      if (gives === "abort") assertEquals(rx.size, 2);
      await assertRejects(() => large, DOMException);
      assertEquals(rx.size, 2);
      await small;
    }
  },
);

Deno.test(
  "Receiver.recvAsync(), Sender.sendAsync(): a signal in an attempt does not hide what it did",
  TIMEOUT,
  async () => {
    let stop = new AbortController();
    const aborts: Codec<number> = {
      name: "aborts",
      encode: (value) => {
        if (value === 2) stop.abort();
        return Uint8Array.of(value);
      },
      decode: ([value]) => {
        if (value === 1) stop.abort();
        return value!;
      },
    };
    const [tx, rx] = endsOf(new Channel(aborts, { capacity: 1 }));
    const received = rx.recvAsync({ signal: stop.signal });
    tx.send(1);
    assertEquals(await received, 1);

    stop = new AbortController();
    tx.send(3);
    const sent = tx.sendAsync(2, { signal: stop.signal });
    assertEquals(rx.recv(), 3);
    await sent;
    assertEquals(rx.recv(), 2);
  },
);

Deno.test("Receiver.recvMany() refuses a target before it takes anything", async () => {
  const [tx, rx] = endsOf(new Channel("f64", { capacity: 8 }));
  for (const value of [0.5, 2 ** 40, 3]) tx.send(value);
  const holes = Object.preventExtensions(new Array<number>(2));
  for (
    const target of [
      Object.freeze([0, 0]) as number[],
      holes,
      new Int32Array(2),
    ]
  ) {
    assertThrows(() => rx.recvMany(target), TypeError);
    await assertRejects(() => rx.recvManyAsync(target), TypeError);
  }
  const sealed = Object.seal([0]);
  assertEquals(rx.recvMany(sealed), 1);
  assertEquals(sealed, [0.5]);
  assertEquals(rx.drain(), [2 ** 40, 3]);
});

Deno.test(
  "Receiver.recvManyAsync() takes all of its messages before later calls take theirs",
  TIMEOUT,
  async () => {
    const [tx, rx] = endsOf(new Channel("i32", { capacity: 8 }));
    const waiting = [rx.recvManyAsync(8), rx.recvManyAsync(8)];
    await turn();
    for (const value of [1, 2, 3, 4, 5]) tx.send(value);
    assertEquals(await waiting[0], [1, 2, 3, 4, 5]);
    for (const value of [6, 7, 8, 9]) tx.send(value);
    assertEquals(await waiting[1], [6, 7, 8, 9]);
    for (const value of [1, 2, 3, 4]) tx.send(value);
    const [many, one] = [rx.recvManyAsync(3), rx.recvAsync()];
    assertEquals([await many, await one], [[1, 2, 3], 4]);
  },
);

for (const { name, make } of KINDS) {
  Deno.test(
    `Receiver[Symbol.asyncIterator] ${name}: an iteration that ends takes no message`,
    TIMEOUT,
    async () => {
      const [tx, rx] = endsOf(make(8));
      for (const end of ["return", "throw"] as const) {
        const iterator = rx[Symbol.asyncIterator]();
        const waiting = iterator.next();
        await turn();
        await iterator[end]!().catch(() => {});
        assertEquals(await waiting, { done: true, value: undefined });
        assertEquals(await iterator.next(), { done: true, value: undefined });
      }
      const reader = ReadableStream.from(rx).getReader();
      const read = reader.read();
      await turn();
      await reader.cancel();
      await read;
      assertFalse(rx.isClosed);
      const sent = tx.sendAsync(1);
      for await (const value of rx) {
        assertEquals(value, 1);
        break;
      }
      await sent;
      const again = tx.sendAsync(2);
      assertEquals(await rx.recvAsync(), 2);
      await again;
      tx.close();
      for await (const value of rx) assertEquals(value, undefined);
    },
  );
}

Deno.test("Channel refuses messages, capacities and options that are none", () => {
  for (const bad of ["i64", "", undefined, null, 7, {}]) {
    assertThrows(() => new Channel(bad as never), TypeError);
  }
  const bad = [-1, 1.5, NaN, MAX_CHANNEL_CAPACITY + 1, "2", null, -Infinity];
  for (const capacity of bad) {
    assertThrows(
      () => new Channel("i32", { capacity: capacity as never }),
      RangeError,
    );
  }
  for (const reserve of [0, -1, NaN, 1.5, 2 ** 40, "x"]) {
    assertThrows(
      () => new Channel("i32", { reserve: reserve as never }),
      RangeError,
    );
  }
  assertThrows(() => new Channel("i32", { single: 1 as never }), TypeError);
  const Big = struct(
    Object.fromEntries(
      Array.from({ length: 256 }, (_, k) => [`f${k}`, "f64" as const]),
    ),
  );
  const most = { capacity: MAX_CHANNEL_CAPACITY };
  assertThrows(() => new Channel(Big, most), RangeError);
});

Deno.test("Channel refuses codecs that are none, or have the name of another one", () => {
  const good: Codec<number> = { ...NUMBERS };
  const bad = [{ name: "" }, { name: 7 }, { encode: 1 }, { decode: undefined }];
  for (const part of bad) {
    const codec = { ...good, ...part } as never;
    assertThrows(() => new Channel(codec), TypeError);
    const { handle } = new Channel(good);
    assertThrows(() => Channel.from(handle, codec), TypeError);
  }
  for (const codec of [textCodec, bytesCodec, portableCodec<unknown>()]) {
    const { name } = codec;
    assertThrows(() => new Channel({ ...good, name }), TypeError);
    const { handle } = new Channel<never>(codec as Codec<never>);
    assertThrows(() => Channel.from(handle, { ...good, name }), TypeError);
    Channel.from(handle, codec as Codec<never>);
  }
});

Deno.test("Channel.from() refuses handles of something else, too small or of another form", () => {
  const { handle } = new Channel("i32", { capacity: 4 });
  const from = (changes: object) =>
    Channel.from({ ...handle, ...changes } as ChannelHandle);
  assertEquals(from({}).capacity, 4);
  assertThrows(() => from({ kind: "Barrier" }), TypeError);
  assertThrows(() => from({ kind: "Sender" }), TypeError);
  assertThrows(() => Sender.from(handle as never), TypeError);
  assertThrows(() => Receiver.from(handle as never), TypeError);
  for (const none of [undefined, null, "i32", 7, {}]) {
    assertThrows(() => Channel.from(none as never), TypeError);
    assertThrows(() => Sender.from(none as never), TypeError);
    assertThrows(() => Receiver.from(none as never), TypeError);
  }
  assertThrows(() => from({ buffer: new ArrayBuffer(65536) }), TypeError);
  assertThrows(() => from({ byteOffset: handle.byteOffset + 8 }), RangeError);
  assertThrows(() => from(sliceOf(1024)), RangeError);
  assertThrows(() => from(sliceOf(65536)), RangeError);
  assertThrows(() => from({ capacity: 2 }), RangeError);
  assertThrows(() => from({ capacity: -2 }), RangeError);
  assertThrows(() => from({ record: "f64" }), RangeError);
  assertThrows(() => from({ record: "i64" }), TypeError);
  assertThrows(() => from({ single: true }), RangeError);
  assertThrows(() => from({ reserve: 4096 }), RangeError);
  assertThrows(() => from({ codec: "mine" }), TypeError);
  assertThrows(() => Channel.from(handle, NUMBERS as never), TypeError);
  const custom = new Channel(NUMBERS).handle;
  assertThrows(() => Channel.from(custom), TypeError);
  assertThrows(
    () => Channel.from(custom, { ...NUMBERS, name: "other" }),
    TypeError,
  );
});

Deno.test("Channel single: a second end of a side is refused, one of a lost thread is taken over", () => {
  const { threads } = currentThread();
  const channel = new Channel("i32", { capacity: 4, single: true });
  using other = claimOther();
  const theirs = runAs(
    other.id,
    () => Channel.from<number>(channel.handle).sender(),
  );
  const rx = channel.receiver();
  theirs.send(1);
  theirs.send(2);
  assertThrows(() => channel.sender(), RangeError);
  assertThrows(() => channel.receiver(), RangeError);
  threads.markLost(other.id);
  const tx = channel.sender();
  tx.send(3);
  assertEquals(rx.drain(), [1, 2, 3]);
  // Its end is no longer its own.
  runAs(other.id, () => theirs.close());
  assertFalse(channel.isClosed);
});

Deno.test("Channel: there can be 254 ends on a side, and again after they were closed", () => {
  const channel = new Channel("i32", { capacity: 4 });
  const first = channel.sender();
  for (let round = 0; round < 3; round++) {
    const all = Array.from({ length: 253 }, () => channel.sender());
    assertEquals(channel.senderCount, 254);
    assertThrows(() => channel.sender(), RangeError);
    for (const tx of all) tx.close();
  }
  assertEquals(channel.senderCount, 1);
  first.close();
  assert(channel.isClosed);
});

Deno.test("Channel: ends are disposable", () => {
  const channel = new Channel("i32", { capacity: 4 });
  {
    using tx = channel.sender();
    using rx = channel.receiver();
    tx.send(1);
    assertEquals(rx.recv(), 1);
  }
  assertEquals([channel.senderCount, channel.receiverCount], [0, 0]);
  assert(channel.isClosed);
});

Deno.test(
  "Channel: an end that waits by its async door does not block its thread's others (U19)",
  TIMEOUT,
  async () => {
    const channel = new Channel("i32", { capacity: 1 });
    const [tx, rx] = endsOf(channel);
    const waiting = rx.recvAsync();
    await turn();
    // The sync and the async door of the same channel at once.
    tx.send(1);
    assertEquals(rx.tryRecv(), 1);
    tx.send(2);
    assertEquals(await waiting, 2);
  },
);
