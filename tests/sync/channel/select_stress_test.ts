/**
 * Selects between real workers. Names in brackets are those of crossbeam's tests
 * of the same rule.
 */

import { assert, assertEquals, assertGreater } from "@std/assert";
import { Barrier, Channel, type Receiver, select } from "../../../sync/mod.ts";
import { runWorkers } from "../crew.ts";
import { NUMBERS } from "../fixtures/channel_codec.ts";
import type { SelectOutcome, SelectTask } from "../fixtures/select_worker.ts";
import { Mortal } from "../mortal.ts";
import { randomFrom } from "../random.ts";

const TIMEOUT = { timeout: 120_000 };
const WAIT = { timeout: 20_000 };

type Roles = readonly SelectTask["role"][];

function channelsOf(...capacities: readonly number[]): Channel<number>[] {
  return capacities.map((capacity, k) =>
    k % 3 === 2
      ? new Channel(NUMBERS, { capacity, reserve: 2 ** 16 })
      : new Channel<number>("f64", { capacity })
  );
}

async function run(
  channels: readonly Channel<number>[],
  roles: Roles,
  rounds: number,
): Promise<{ sent: number[]; received: number[] }> {
  // Keeps the channels open, and receives what is left.
  const ends = channels.map((channel) => channel.receiver());
  const senders = channels.map((channel) => channel.sender());
  const start = new Barrier(roles.length).handle;
  const outcomes = await runWorkers<SelectTask, SelectOutcome>(
    "select_worker.ts",
    roles.map((role, worker) => ({
      channels: channels.map(({ handle }) => handle),
      start,
      role,
      worker,
      rounds,
      seed: worker + 1,
    })),
  );
  const left = ends.flatMap((rx) => rx.drain());
  for (const tx of senders) tx.close();
  const sent = outcomes.flatMap(({ sent }) => sent);
  const received = outcomes.flatMap(({ received }) => received);
  return { sent, received: [...received, ...left] };
}

function checkAll(
  { sent, received }: { sent: number[]; received: number[] },
): void {
  const order = (a: number, b: number) => a - b;
  assertEquals(new Set(received).size, received.length);
  assertEquals(received.toSorted(order), sent.toSorted(order));
}

Deno.test(
  "select(): each message of workers goes over once, in channels of all kinds (stress, stress_mixed, stress_timeout_two_threads) (U8)",
  TIMEOUT,
  async () => {
    const end = await run(
      channelsOf(0, 4, 0, 1, 0),
      ["mixed", "mixed", "mixed", "mixed"],
      600,
    );
    checkAll(end);
    assertGreater(end.sent.length, 300);
  },
);

Deno.test(
  "select(): workers that all send and receive in one rendezvous pair up (matching) (U7, U8)",
  TIMEOUT,
  async () => {
    const end = await run(channelsOf(0), ["pairs", "pairs", "pairs"], 500);
    checkAll(end);
    assertGreater(end.sent.length, 100);
  },
);

Deno.test(
  "select(): workers that send by it and workers that receive by it (stress_send, stress_recv) (U8)",
  TIMEOUT,
  async () => {
    for (const capacities of [[0, 0], [2, 0, 2]]) {
      const end = await run(
        channelsOf(...capacities),
        ["sends", "receives"],
        500,
      );
      checkAll(end);
      assertGreater(end.sent.length, 100);
    }
  },
);

Deno.test(
  "select(): workers that are terminated block nobody, and no message of others is lost (U8)",
  TIMEOUT,
  async () => {
    const channels = channelsOf(0, 2, 0);
    const ends: Receiver<number>[] = channels.map((channel) =>
      channel.receiver()
    );
    const senders = channels.map((channel) => channel.sender());
    for (let round = 0; round < 3; round++) {
      const random = randomFrom(round + 7);
      const start = new Barrier(4);
      const task = {
        channels: channels.map(({ handle }) => handle),
        start: start.handle,
        role: "mixed",
        rounds: 1e9,
      };
      using victims = new DisposableStack();
      const crew = Array.from(
        { length: 3 },
        (_, worker) =>
          victims.use(
            new Mortal<SelectOutcome>("select_worker.ts", {
              ...task,
              worker,
              seed: 10 * round + worker,
            }),
          ),
      );
      await start.waitAsync(WAIT);
      for (const victim of crew) {
        await pause(random(20));
        await victim.lose();
      }
      // Two tasks of this thread meet in each of them.
      for (const [k, tx] of senders.entries()) {
        for (const rx of ends) rx.drain();
        const sending = tx.sendAsync(-round - 1, WAIT);
        const choice = select({ rx: ends[k]! }, WAIT);
        assertEquals(choice.value, -round - 1);
        await sending;
      }
    }
    assert(channels.every((channel) => channel.senderCount === 1));
  },
);

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}
