/**
 * Channels between real workers.
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import {
  Barrier,
  type Channel,
  ChannelClosedError,
} from "../../../sync/mod.ts";
import { runWorkers } from "../crew.ts";
import type { ChannelTask } from "../fixtures/channel_worker.ts";
import { Mortal } from "../mortal.ts";
import { randomFrom } from "../random.ts";
import { KINDS } from "./channel_flavors.ts";

const TIMEOUT = { timeout: 120_000 };
const PER_SENDER = 2 ** 20;
const WAIT = { timeout: 20_000 };

interface Crew {
  readonly senders: number;
  readonly receivers: number;
  readonly messages: number;
}

/** Workers send and receive until all senders are gone; who received what. */
async function send(
  channel: Channel<number>,
  { senders, receivers, messages }: Crew,
): Promise<number[][]> {
  const start = new Barrier(senders + receivers).handle;
  const tasks = Array.from(
    { length: senders + receivers },
    (_, k): ChannelTask => ({
      role: k < senders ? "sender" : "receiver",
      channel: channel.handle,
      start,
      sender: k,
      messages: k < senders ? messages : Infinity,
      seed: k + 1,
    }),
  );
  const outcomes = await runWorkers<ChannelTask, number[]>(
    "channel_worker.ts",
    tasks,
  );
  assertEquals(
    outcomes.slice(0, senders),
    tasks.slice(0, senders).map(() => []),
  );
  return outcomes.slice(senders);
}

/** Each sender's messages are received once, in each receiver in their order. */
function checkAll(received: readonly number[][], crew: Crew): void {
  const all = received.flat().toSorted((a, b) => a - b);
  const sent = Array.from(
    { length: crew.senders * crew.messages },
    (_, k) => Math.floor(k / crew.messages) * PER_SENDER + k % crew.messages,
  );
  assertEquals(all.length, sent.length);
  assert(all.every((value, k) => value === sent[k]));
  for (const values of received) {
    const last = new Map<number, number>();
    for (const value of values) {
      const sender = Math.floor(value / PER_SENDER);
      assertGreater(value, last.get(sender) ?? -1);
      last.set(sender, value);
    }
  }
}

for (const { name, make, many, holds, bounded } of KINDS) {
  const messages = holds && !name.includes("codec") ? 3000 : 500;

  Deno.test(
    `Channel ${name} spsc: a worker gets each message once, in order (U6)`,
    TIMEOUT,
    async () => {
      const crew = { senders: 1, receivers: 1, messages };
      checkAll(await send(make(3), crew), crew);
    },
  );

  if (many) {
    Deno.test(
      `Channel ${name} mpmc: workers get each message once, each sender's in order (U9)`,
      TIMEOUT,
      async () => {
        const crew = { senders: 2, receivers: 2, messages: messages / 2 };
        checkAll(await send(make(3), crew), crew);
      },
    );
  }

  Deno.test(
    `Channel ${name} stress_oneshot: many channels for one message each`,
    TIMEOUT,
    async () => {
      for (let round = 0; round < 3; round++) {
        const crew = { senders: 1, receivers: 1, messages: 1 };
        checkAll(await send(make(1), crew), crew);
      }
    },
  );

  Deno.test(
    `Channel ${name} disconnect_wakes_receiver, disconnect_wakes_sender: blocked workers (U6)`,
    TIMEOUT,
    async () => {
      const channel = make(1);
      const starts = [new Barrier(2), new Barrier(2)] as const;
      const task = { channel: channel.handle, sender: 0, seed: 1 };
      const tx = channel.sender();
      const receiver = runWorkers<ChannelTask, number[]>("channel_worker.ts", [
        {
          ...task,
          role: "receiver",
          start: starts[0].handle,
          messages: Infinity,
        },
      ]);
      await starts[0].waitAsync(WAIT);
      tx.close();
      assertEquals(await receiver, [[]]);
      const full = make(1);
      const rx = full.receiver();
      const sender = runWorkers<ChannelTask, number[]>("channel_worker.ts", [
        {
          ...task,
          channel: full.handle,
          role: "sender",
          start: starts[1].handle,
          messages: 2 ** 19,
        },
      ]);
      await starts[1].waitAsync(WAIT);
      rx.close();
      // The message that was not sent came back.
      const [back] = await sender;
      assertEquals(back!.length, 1);
    },
  );

  if (!many) continue;

  if (holds) {
    Deno.test(
      `Channel ${name} linearizable: workers that have sent find a message (U9)`,
      TIMEOUT,
      async () => {
        const workers = 3;
        const channel = make(workers);
        const start = new Barrier(workers);
        await runWorkers<ChannelTask, number[]>(
          "channel_worker.ts",
          Array.from({ length: workers }, (_, k) => ({
            role: "rounds",
            channel: channel.handle,
            start: start.handle,
            sender: k,
            messages: messages / 2,
            seed: k,
          })),
        );
        assert(channel.isClosed && channel.isEmpty);
      },
    );
  }

  Deno.test(
    `Channel ${name}: senders and receivers that are terminated lose no message of others (U6)`,
    TIMEOUT,
    () => ending(make(8), bounded || !holds ? 2 ** 19 : 20_000),
  );
}

/** Workers end at random moments while others send and receive. */
async function ending(
  channel: Channel<number>,
  messages: number,
): Promise<void> {
  // Keep both sides there.
  const tx = channel.sender();
  const rx = channel.receiver();
  let own = 0;
  for (let round = 0; round < 2; round++) {
    const random = randomFrom(round + 1);
    const start = new Barrier(5);
    const task = {
      channel: channel.handle,
      start: start.handle,
      messages,
    };
    using victims = new DisposableStack();
    const mortal = (role: ChannelTask["role"], sender: number) =>
      victims.use(
        new Mortal<number[]>("channel_worker.ts", {
          ...task,
          role,
          sender,
          seed: 4 * round + sender,
        }),
      );
    const crew = [mortal("sender", 0), mortal("sender", 1)];
    crew.push(mortal("receiver", 2), mortal("receiver", 3));
    await start.waitAsync(WAIT);
    const order = [0, 1, 2, 3].toSorted(() => random(3) - 1);
    const got: number[] = [];
    for (const k of order) {
      await pause(random(10));
      // A blocked worker hears of its end when it goes on: keep messages moving.
      let lost = false;
      const losing = crew[k]!.lose().finally(() => lost = true);
      while (!lost) {
        tx.trySend(-++own);
        for (const value of rx.drain()) got.push(value);
        await pause(1);
      }
      await losing;
    }
    // What this thread sends arrives, in order, and everything once.
    const last = PER_SENDER * PER_SENDER + round;
    const sending = tx.sendAsync(last, WAIT);
    while (got.at(-1) !== last) {
      for (const value of await rx.recvManyAsync(1000, WAIT)) got.push(value);
    }
    await sending;
    assertEquals(rx.tryRecv(), undefined);
    assertEquals([channel.senderCount, channel.receiverCount], [1, 1]);
    assertEquals(new Set(got).size, got.length);
    for (const sender of [0, 1]) {
      const values = got.filter((value) =>
        Math.floor(value / PER_SENDER) === sender
      );
      assert(values.every((value, k) => k === 0 || value > values[k - 1]!));
    }
  }
  tx.close();
  assertEquals(rx.drain(), []);
  const end = await rx.recvAsync().catch((error) => error);
  assert(end instanceof ChannelClosedError);
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}
