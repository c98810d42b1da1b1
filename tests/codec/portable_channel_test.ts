import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import fc from "fast-check";
import { portableCodec } from "../../codec/mod.ts";
import { Channel, ChannelClosedError } from "../../sync/mod.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import { whenGone } from "../../workers/life/life.ts";
import { runWorkers } from "../sync/crew.ts";
import type { Job } from "../sync/fixtures/introduce.ts";
import { claimOther } from "../sync/other_thread.ts";
import { randomFrom } from "../sync/random.ts";
import {
  messageOf,
  type PortableTask,
} from "./fixtures/portable_channel_worker.ts";
import { portableValues } from "./portable_values.ts";
import { assertCopy } from "./same.ts";

const FIXTURE = "../../codec/fixtures/portable_channel_worker.ts";

Deno.test(
  "a channel of portable values carries them to another thread and back",
  { timeout: 60_000 },
  async () => {
    const there = new Channel(portableCodec<unknown>(), { capacity: 16 });
    const back = new Channel(portableCodec<unknown>());
    const tx = there.sender();
    const rx = back.receiver();
    const values = fc.sample(portableValues, { seed: 7, numRuns: 300 })
      .filter((value) => value !== undefined);
    const echo = runWorkers<PortableTask, number>(FIXTURE, [{
      role: "echoes",
      channel: there.handle,
      back: back.handle,
      seed: 1,
    }]);
    const sending = (async () => {
      for (const value of values) await tx.sendAsync(value);
      tx.close();
    })();
    const received: unknown[] = [];
    for await (const value of rx) received.push(value);
    await sending;
    assertEquals(received.length, values.length);
    for (const [k, value] of values.entries()) assertCopy(received[k], value);
    assertEquals(await echo, [values.length]);
  },
);

Deno.test(
  "a channel ends in good order when its sender's worker is terminated",
  { timeout: 60_000 },
  async () => {
    const random = randomFrom(5);
    const url = new URL("fixtures/portable_channel_worker.ts", import.meta.url);
    const { threads } = currentThread();
    for (
      const options of [{}, { capacity: 3 }, { reserve: 4096, capacity: 99 }]
    ) {
      for (let round = 0; round < 3; round++) {
        const channel = new Channel(portableCodec<unknown>(), options);
        const rx = channel.receiver();
        const life = `portable channel ${crypto.randomUUID()}`;
        using other = claimOther();
        const worker = new Worker(url, { type: "module" });
        const task: PortableTask = {
          role: "sends",
          channel: channel.handle,
          life,
          seed: round + 1,
        };
        const job: Job<PortableTask> = {
          threads: threads.handle,
          id: other.id,
          task,
        };
        worker.postMessage(job);
        let count = 0;
        const end = 1 + random(200);
        for (; count < end; count++) {
          assertEquals(
            await rx.recvAsync({ timeout: 20_000 }),
            messageOf(count),
          );
        }
        worker.terminate();
        // It goes on for a moment, and must not be taken for lost meanwhile.
        await whenGone(life);
        threads.markLost(other.id);
        for (const value of rx) assertEquals(value, messageOf(count++));
        await assertRejects(() => rx.recvAsync(), ChannelClosedError);
        assertGreater(count, 0);
      }
    }
  },
);
