/**
 * What runs jobs on this thread one after the other: the data is a number, and
 * each job adds one to it.
 *
 * @module
 */

import { strictEqual } from "node:assert";
import type { Running, Subject } from "../../harness/scenario.ts";

/** The least that runs a job: a call. */
export const FLOOR = "plain call";

/** Ours, whose jobs nobody waits for. */
export const OURS = "Desync.desync()";

/** So many jobs are asked for before the last one is awaited. */
const BURST = 10_000;

interface Cell {
  value: number;
}

/** A subject that keeps its number in a cell of its own, or says where it is. */
function subject(
  name: string,
  make: () => Promise<{
    run(iterations: number): Promise<number> | number;
    value(): number;
  }>,
): Subject {
  return {
    name,
    async setup(): Promise<Running> {
      const { run, value } = await make();
      return {
        run: async (iterations) => await run(iterations),
        async check() {
          const before = value();
          const count = await run(3);
          strictEqual(value() - before, count, `${name} lost or repeated jobs`);
        },
        close() {},
      };
    },
  };
}

async function desync() {
  const { Desync } = await import("../../../desync/mod.ts");
  const object = new Desync(0);
  return { object, value: () => object.sync((n) => n.value) };
}

const increment = (cell: Cell): number => ++cell.value;

/** A job that runs here and now, on what is idle. */
export const SYNC_ON_IDLE: readonly Subject[] = [
  subject("Desync.sync()", async () => {
    const { object, value } = await desync();
    return {
      value,
      run(iterations) {
        for (let k = 0; k < iterations; k++) object.sync(increment);
        return iterations;
      },
    };
  }),
  subject("Desync.trySync()", async () => {
    const { object, value } = await desync();
    return {
      value,
      run(iterations) {
        for (let k = 0; k < iterations; k++) object.trySync(increment);
        return iterations;
      },
    };
  }),
  subject("our Mutex", async () => {
    const { Mutex } = await import("../../../sync/mod.ts");
    const mutex = new Mutex();
    const cell = { value: 0 };
    const job = () => increment(cell);
    return {
      value: () => cell.value,
      run(iterations) {
        for (let k = 0; k < iterations; k++) mutex.withLock(job);
        return iterations;
      },
    };
  }),
  subject(FLOOR, () => {
    const cell = { value: 0 };
    return Promise.resolve({
      value: () => cell.value,
      run(iterations) {
        for (let k = 0; k < iterations; k++) increment(cell);
        return iterations;
      },
    });
  }),
];

/** What asks for a job, and gives a promise of its end. */
type Ask = (job: () => number) => Promise<number>;

/** Asks for jobs, and awaits the last one of each burst. */
function bursts(
  name: string,
  burst: number,
  make: () => Promise<Ask> | Ask,
): Subject {
  return subject(name, async () => {
    const ask = await make();
    const cell = { value: 0 };
    const job = () => ++cell.value;
    return {
      value: () => cell.value,
      async run(iterations) {
        let left = Math.ceil(iterations / burst);
        const count = left * burst;
        for (; left > 0; left--) {
          for (let k = 1; k < burst; k++) ask(job);
          await ask(job);
        }
        return count;
      },
    };
  });
}

/** The same with jobs that nobody awaits, but the last one. */
function desyncBursts(burst: number): Subject {
  return subject(OURS, async () => {
    const { object, value } = await desync();
    return {
      value,
      async run(iterations) {
        let left = Math.ceil(iterations / burst);
        const count = left * burst;
        for (; left > 0; left--) {
          for (let k = 1; k < burst; k++) object.desync(increment);
          await object.futureSync(increment);
        }
        return count;
      },
    };
  });
}

/** The name of the simplest thing that keeps an order. */
export const CHAIN = "promise chain";

const ASKING: Readonly<Record<string, () => Promise<Ask> | Ask>> = {
  "Desync.futureSync()": async () => {
    const { JobQueue } = await import("../../../desync/mod.ts");
    const queue = new JobQueue();
    return (job) => queue.futureSync(job);
  },
  "Desync.futureDesync()": async () => {
    const { JobQueue } = await import("../../../desync/mod.ts");
    const queue = new JobQueue();
    return (job) => queue.futureDesync(job);
  },
  "async-mutex": async () => {
    const { Mutex } = await import("npm:async-mutex@0.5.0");
    const mutex = new Mutex();
    return (job) => mutex.runExclusive(job);
  },
  [CHAIN]: () => {
    let last = Promise.resolve(0);
    return (job) => last = last.then(job);
  },
};

async function pQueue(): Promise<Ask> {
  const { default: PQueue } = await import("npm:p-queue@9.0.0");
  const queue = new PQueue({ concurrency: 1 });
  return (job) => queue.add(() => job()) as Promise<number>;
}

/** Jobs that are all asked for before the first one runs. */
export const BURSTS: readonly Subject[] = [
  desyncBursts(BURST),
  ...Object.entries(ASKING).map(([name, make]) => bursts(name, BURST, make)),
  subject(FLOOR, () => {
    const cell = { value: 0 };
    return Promise.resolve({
      value: () => cell.value,
      async run(iterations) {
        const count = Math.ceil(iterations / BURST) * BURST;
        for (let k = 0; k < count; k += BURST) {
          for (let n = 0; n < BURST; n++) increment(cell);
          await undefined;
        }
        return count;
      },
    });
  }),
];

/** One job at a time, each of which is awaited. */
export const ONE_BY_ONE: readonly Subject[] = Object.entries(ASKING)
  .map(([name, make]) => bursts(name, 1, make));

/** p-queue slows down the promises of others in its process: with these two, after all others. */
export const BESIDE_P_QUEUE: readonly Subject[] = [
  desyncBursts(BURST),
  bursts("p-queue", BURST, pQueue),
  bursts(CHAIN, BURST, ASKING[CHAIN]!),
];
