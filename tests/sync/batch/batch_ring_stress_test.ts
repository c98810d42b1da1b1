import { assert, assertEquals } from "@std/assert";
import { startAt } from "../../../sync/batch/batch_memory.ts";
import {
  BatchRing,
  ByteBatchRing,
  MpmcQueue,
  struct,
} from "../../../sync/mod.ts";
import type { BatchOutcome, BatchTask } from "../fixtures/batch_ring_worker.ts";
import { type Job, type JobRing, jobRingOf } from "../fixtures/job_ring.ts";
import { Mortal } from "../mortal.ts";
import { type Random, randomFrom } from "../random.ts";

const TIMEOUT = { timeout: 120_000 };
const JobType = struct({ pusher: "u8", index: "u32", check: "f64" });

/** A ring of 64 jobs, as structs or as frames of 13 to 62 bytes. */
const KINDS = {
  BatchRing: () => new BatchRing<Job>(JobType, 64),
  ByteBatchRing: () => new ByteBatchRing(64, 2048),
} as const;
type Kind = keyof typeof KINDS;

/** A ring, what its workers know in common, and how to start one. */
class Crew implements Disposable {
  readonly jobs: JobRing;
  readonly seen: Uint8Array;
  readonly pushed: Int32Array;
  readonly #shared: Omit<BatchTask, "role" | "pusher" | "dies" | "seed">;
  readonly #random: Random;
  readonly #stack = new DisposableStack();

  constructor(
    kind: Kind,
    pushers: number,
    records: number,
    random: Random,
    lends = false,
  ) {
    const { handle } = KINDS[kind]();
    const { buffer, byteOffset } = handle;
    startAt(new Int32Array(buffer, byteOffset), 2 ** 31 - records);
    this.#random = random;
    this.jobs = jobRingOf(handle);
    const loans = [new MpmcQueue("u32", 4), new MpmcQueue("u32", 4)] as const;
    const shared = this.#shared = {
      ring: handle,
      loans: lends ? [loans[0].handle, loans[1].handle] as const : undefined,
      records,
      pushed: new SharedArrayBuffer(4 * pushers),
      seen: new SharedArrayBuffer(pushers * records),
      stop: new SharedArrayBuffer(4),
    };
    this.seen = new Uint8Array(shared.seen);
    this.pushed = new Int32Array(shared.pushed);
  }

  start(
    role: BatchTask["role"],
    pusher = 0,
    dies = 0,
  ): Mortal<BatchOutcome> {
    const seed = this.#random(2 ** 30);
    const task: BatchTask = { ...this.#shared, role, pusher, dies, seed };
    return this.#stack.use(new Mortal("batch_ring_worker.ts", task));
  }

  /** Nothing more will come. */
  stop(): void {
    Atomics.store(new Int32Array(this.#shared.stop), 0, 1);
  }

  /** How often each record of a pusher was in a batch that was freed. */
  of(pusher: number): number[] {
    const { records } = this.#shared;
    return [...this.seen.subarray(pusher * records, (pusher + 1) * records)];
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

for (const kind of Object.keys(KINDS) as Kind[]) {
  Deno.test(
    `${kind}: 65,536 records of workers through 64 places come out once each (Q1, Q11)`,
    TIMEOUT,
    async () => {
      const records = 32_768;
      using crew = new Crew(kind, 2, records, randomFrom(1));
      const consumer = crew.start("consumer");
      await Promise.all([0, 1].map((k) => crew.start("pusher", k).done));
      crew.stop();
      const batches = await consumer.done;
      assert(typeof batches === "number" && batches > records / 32);
      assert(crew.seen.every((times) => times === 1));
      assertEquals(crew.jobs.ring.size, 0);
    },
  );

  Deno.test(
    `${kind}: a pusher that is lost anywhere leaves whole records, and the others go on`,
    TIMEOUT,
    async () => {
      const records = 2000;
      for (let seed = 1; seed <= 4; seed++) {
        const random = randomFrom(seed);
        using crew = new Crew(kind, 2, records, random);
        const inCall = seed % 2 === 0;
        const consumer = crew.start("consumer");
        const dies = inCall ? 50 + random(4000) : 0;
        const victim = crew.start("pusher", 0, dies);
        const other = crew.start("pusher", 1);
        if (inCall) await Promise.race([victim.done, other.done]);
        else await pause(5 + random(30));
        await victim.lose();
        await other.done;
        crew.stop();
        await consumer.done;
        assert(crew.of(1).every((times) => times === 1));
        // All that it says that it has pushed, and of one call more what was done.
        const known = crew.pushed[0]!;
        const seen = crew.of(0).lastIndexOf(1) + 1;
        assert(seen >= known && seen <= known + 40, `${seen} of ${known}`);
        assert(crew.of(0).slice(0, seen).every((times) => times === 1));
        assertEquals(crew.jobs.ring.size, 0);
      }
    },
  );

  Deno.test(
    `${kind}: a consumer that is lost anywhere leaves its batches to the next one`,
    TIMEOUT,
    async () => {
      const records = 2000;
      for (let seed = 1; seed <= 4; seed++) {
        const random = randomFrom(seed);
        using crew = new Crew(kind, 1, records, random);
        const inCall = seed % 2 === 0;
        const victim = crew.start(
          "consumer",
          0,
          inCall ? 50 + random(2000) : 0,
        );
        // It ends with the loss of the consumer, if that comes before its end.
        const first = crew.start("pusher", 0);
        const ended = first.done.then(() => "done", (error: Error) => {
          if (error.message.includes("RingEndLostError")) return "lost";
          throw error;
        });
        if (inCall) await Promise.race([victim.done, ended]);
        else await pause(5 + random(30));
        await victim.lose();
        // Before the pusher finds out, or after it.
        if (random(2) === 0) await pause(150);
        const next = crew.start("consumer");
        await ended;
        crew.stop();
        await next.done;
        using last = crew.jobs.ring.consumer();
        assertEquals(last.unfinished, []);
        const open = new Set(
          (last.bound()?.toArray() ?? []).map((record) =>
            crew.jobs.jobOf(record).index
          ),
        );
        const known = crew.pushed[0]!;
        const times = crew.of(0);
        for (let index = 0; index < known; index++) {
          // Twice only if the lost one had it in its hands.
          const count = times[index]! + (open.has(index) ? 1 : 0);
          assert(count === 1 || count === 2, `${index}: ${count}`);
        }
      }
    },
  );

  Deno.test(
    `BatchView: batches of a ${kind} that are lent to a worker are whole until they are freed`,
    TIMEOUT,
    async () => {
      const records = 8192;
      using crew = new Crew(kind, 2, records, randomFrom(2), true);
      const reader = crew.start("reader");
      const consumer = crew.start("consumer");
      await Promise.all([0, 1].map((k) => crew.start("pusher", k).done));
      crew.stop();
      assertEquals(await reader.done, await consumer.done);
      assert(crew.seen.every((times) => times === 1));
      assertEquals(crew.jobs.ring.size, 0);
    },
  );
}
