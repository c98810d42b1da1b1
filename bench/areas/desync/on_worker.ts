/**
 * Jobs on data of one worker, asked for by this thread: the data is a number, and each
 * job adds one to it.
 *
 * @module
 */

import { strictEqual } from "node:assert";
import type { PlacedDesync } from "../../../desync/mod.ts";
import type { Runtime } from "../../../workers/mod.ts";
import { type Placement, placement } from "../../harness/placement.ts";
import type { Reading, Running, Scenario } from "../../harness/scenario.ts";
import { microseconds, nanoseconds } from "../../harness/unit.ts";
import { layouts } from "../pool/layouts.ts";
import { FLOOR } from "./jobs.ts";

/** So many jobs are asked for before the last one is awaited. */
const BURST = 10_000;
/** So long the worker is left alone, in ms: it sleeps then. */
const LONG_ENOUGH = 3;
/** So many times it is woken in a round. */
const WAKINGS = 40;
/** So often it is done before, without a rest: what is done seldom is else not compiled. */
const WARM_UP = 20_000;

/** What adds one on the worker, in some way; gives the new number. */
interface Adder {
  /** Does it so many times. */
  run(times: number): Promise<number | Reading> | number;
  /** The number now. */
  value(): Promise<number> | number;
  /** Ends what it has started. */
  close?(): void;
}

type MakeAdder = (runtime: Runtime, place: Placement) => Promise<Adder>;

const increment = (ref: { value: number }): number => ++ref.value;
const get = (ref: { value: number }): number => ref.value;

function bumpCount(): number {
  const here = globalThis as { benchCount?: number };
  return here.benchCount = (here.benchCount ?? 0) + 1;
}

function readCount(): number {
  return (globalThis as { benchCount?: number }).benchCount ?? 0;
}

async function objectOn(runtime: Runtime): Promise<PlacedDesync<number>> {
  const { Desync } = await import("../../../desync/mod.ts");
  return await Desync.on(runtime, () => 0);
}

/** The same operation again and again. */
function again(operation: () => unknown): Adder["run"] {
  return (times) => {
    for (let k = 0; k < times; k++) operation();
    return times;
  };
}

/** The time of one operation when the worker sleeps: the median of some. */
function onceInAWhile(operation: () => unknown): Adder["run"] {
  for (let k = 0; k < WARM_UP; k++) operation();
  return async () => {
    const times: number[] = [];
    for (let k = 0; k < WAKINGS; k++) {
      await new Promise((next) => setTimeout(next, LONG_ENOUGH));
      const start = performance.now();
      operation();
      times.push(1000 * (performance.now() - start));
    }
    return { value: times.sort((a, b) => a - b)[WAKINGS / 2]! };
  };
}

/** Blocking operations, each with its result. */
function blocking(
  how: (operation: () => unknown) => Adder["run"],
): Record<string, MakeAdder> {
  return {
    "PlacedDesync.sync()": async (runtime) => {
      const object = await objectOn(runtime);
      return {
        run: how(() => object.sync(increment)),
        value: () => object.sync(get),
      };
    },
    "Task.join()": (runtime) => {
      const worker = runtime.on(0);
      return Promise.resolve({
        run: how(() => worker.spawn(bumpCount).join()),
        value: () => worker.spawn(readCount).join(),
      });
    },
  };
}

const BURSTS: Record<string, MakeAdder> = {
  "PlacedDesync.desync()": async (runtime) => {
    const object = await objectOn(runtime);
    return {
      value: () => object.sync(get),
      async run(times) {
        const count = Math.ceil(times / BURST) * BURST;
        for (let k = 0; k < count; k += BURST) {
          for (let n = 1; n < BURST; n++) object.desync(increment);
          await object.futureSync(increment);
        }
        return count;
      },
    };
  },
  "spawn, all awaited": (runtime) => {
    const worker = runtime.on(0);
    return Promise.resolve({
      value: () => worker.spawn(readCount).join(),
      async run(times) {
        const count = Math.ceil(times / BURST) * BURST;
        for (let k = 0; k < count; k += BURST) {
          const tasks = Array.from(
            { length: BURST },
            () => worker.spawn(bumpCount),
          );
          await Promise.all(tasks);
        }
        return count;
      },
    });
  },
};

const PIPES: Record<string, MakeAdder> = {
  "pipe()": async (runtime) => {
    const { pipe } = await import("../../../desync/mod.ts");
    const object = await objectOn(runtime);
    return {
      value: () => object.sync(get),
      async run(times) {
        let count = 0;
        const items = numbers(times);
        for await (
          const _ of pipe(object, items, (ref) => ++ref.value)
        ) count++;
        return count;
      },
    };
  },
  "futureSync(), one by one": async (runtime) => {
    const object = await objectOn(runtime);
    return {
      value: () => object.sync(get),
      async run(times) {
        for (let k = 0; k < times; k++) await object.futureSync(increment);
        return times;
      },
    };
  },
};

async function* numbers(count: number): AsyncGenerator<number> {
  for (let k = 0; k < count; k++) yield k;
}

/** A call here, which is the least. */
const PLAIN: MakeAdder = () => {
  const cell = { value: 0 };
  return Promise.resolve({
    run: again(() => increment(cell)),
    value: () => cell.value,
  });
};

/** What is the least where a worker is woken. */
const WAKE = "notify of a raw worker";
const WAKING: MakeAdder = async (_, { pair }) => {
  const { Sleeper } = await import("./sleeper.ts");
  const sleeper = await Sleeper.start(pair?.worker);
  return {
    run: onceInAWhile(() => sleeper.wake()),
    value: () => sleeper.wakings,
    close: () => sleeper[Symbol.dispose](),
  };
};

/** The same when the time is read by itself. */
const PLAIN_READ: MakeAdder = async (runtime, place) => ({
  ...await PLAIN(runtime, place),
  run: () => Promise.resolve({ value: 0 }),
});

async function start(place: Placement, make: MakeAdder): Promise<Running> {
  const { Runtime } = await import("../../../workers/mod.ts");
  const { optionsOf } = await import("../pool/kindred.ts");
  const [{ layout }] = layouts(place) as [ReturnType<typeof layouts>[number]];
  const runtime = await Runtime.start(optionsOf(layout));
  const { run, value, close } = await make(runtime, place);
  return {
    run: async (iterations) => await run(iterations),
    async check() {
      const before = await value();
      const done = await run(3);
      if (typeof done !== "number") return;
      strictEqual(await value() - before, done, "lost or repeated jobs");
    },
    close: async () => {
      close?.();
      await runtime.close();
    },
  };
}

/** Objects on a worker, and what else asks one for something. */
export async function onWorker(): Promise<Scenario[]> {
  const place = await placement();
  const [{ note, arrange }] = layouts(place) as [
    ReturnType<typeof layouts>[number],
  ];
  const scenario = (
    name: string,
    makers: Record<string, MakeAdder>,
    more: Pick<Scenario, "unit"> & { atMostMore: number; note: string },
  ): Scenario => ({
    name: `worker/${name}`,
    unit: more.unit,
    baseline: Object.keys(makers)[1]!,
    note: `${more.note}; ${note}`,
    arrange,
    subjects: Object.entries(makers).map(([name, make]) => ({
      name,
      setup: () => start(place, make),
    })),
    bars: [{
      subject: Object.keys(makers)[0]!,
      against: FLOOR,
      atMostMore: more.atMostMore,
    }],
  });
  return [
    scenario("sync-warm", { ...blocking(again), [FLOOR]: PLAIN }, {
      unit: microseconds,
      atMostMore: 1.5,
      note: "one after the other: the worker is awake",
    }),
    scenario("sync-asleep", {
      ...blocking(onceInAWhile),
      [WAKE]: WAKING,
      [FLOOR]: PLAIN_READ,
    }, {
      unit: microseconds,
      atMostMore: 9,
      note: `one every ${LONG_ENOUGH} ms: the worker sleeps`,
    }),
    scenario("burst", { ...BURSTS, [FLOOR]: PLAIN }, {
      unit: nanoseconds,
      atMostMore: 300,
      note: "10,000 are asked for, then the last one is awaited",
    }),
    scenario("pipe", { ...PIPES, [FLOOR]: PLAIN }, {
      unit: microseconds,
      atMostMore: 5,
      note: "numbers of an async generator, each through a job",
    }),
  ];
}
