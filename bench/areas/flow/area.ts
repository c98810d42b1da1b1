import { equal } from "node:assert";
import type { Runtime, RuntimeOptions } from "../../../workers/mod.ts";
import { type Placement, placement } from "../../harness/placement.ts";
import type {
  Area,
  Running,
  Scenario,
  Subject,
} from "../../harness/scenario.ts";
import { perSecond } from "../../harness/unit.ts";
import { windowed } from "../pool/calls.ts";

/** Items under way at once. */
const CONCURRENCY = 64;

/** Gives so many results, one after the other. */
type Flow = (runtime: Runtime, count: number) => AsyncIterable<number>;

const increment = (n: number) => n + 1;

function* numbers(end: number): Generator<number> {
  for (let n = 1; n <= end; n++) yield n;
}

async function* numbersLater(end: number): AsyncGenerator<number> {
  for (let n = 1; n <= end; n++) yield await Promise.resolve(n);
}

const mapped = (options: { batch?: number; ordered?: boolean }): Flow =>
(
  runtime,
  count,
) =>
  runtime.map(numbers(count), increment, {
    concurrency: CONCURRENCY,
    ...options,
  });

const streamed = (
  source: (end: number) => Iterable<number> | AsyncIterable<number>,
  window: number,
): Flow =>
(runtime, count) => runtime.with({ window }).stream(source, count);

async function sumOf(flow: AsyncIterable<number>): Promise<number> {
  let sum = 0;
  for await (const n of flow) sum += n;
  return sum;
}

function subject(
  name: string,
  flow: Flow,
  first: number,
  options: RuntimeOptions,
): Subject {
  return running(name, options, (runtime) => ({
    async run(count) {
      await sumOf(flow(runtime, count));
      return count;
    },
    async check() {
      const sum = await sumOf(flow(runtime, 100));
      equal(sum, 5050 + 100 * (first - 1), `${name} lost or repeated items`);
    },
  }));
}

function running(
  name: string,
  options: RuntimeOptions,
  made: (runtime: Runtime) => Omit<Running, "close">,
): Subject {
  return {
    name,
    async setup() {
      const { Runtime } = await import("../../../workers/mod.ts");
      const runtime = await Runtime.start(options);
      return { ...made(runtime), close: () => runtime.close() };
    },
  };
}

/** The tasks that a mapping saves: as many, each by itself. */
function spawned(options: RuntimeOptions): Subject {
  return running("spawn", options, (runtime) => ({
    run: (count) =>
      windowed(
        (n: number) => runtime.spawn(increment, n),
        1,
        Math.max(count, 2 * CONCURRENCY),
        CONCURRENCY,
      ),
    async check() {
      equal(await runtime.spawn(increment, 1), 2);
    },
  }));
}

function scenarios({ pair, cores }: Placement): Scenario[] {
  const options: RuntimeOptions = pair === undefined
    ? { workers: 1 }
    : { workers: 1, processors: [pair.worker] };
  const unit = perSecond("items");
  const note = pair === undefined ? "one worker" : "one worker, pinned";
  const map = (name: string, options: RuntimeOptions, note: string) => ({
    name,
    unit,
    baseline: "map, batch 1",
    note: `${CONCURRENCY} items under way; ${note}`,
    subjects: [
      subject("map, batch 1", mapped({ batch: 1 }), 2, options),
      subject("map", mapped({}), 2, options),
      subject("map, unordered", mapped({ ordered: false }), 2, options),
      spawned(options),
    ],
  });
  const stream = (
    name: string,
    source: (end: number) => Iterable<number> | AsyncIterable<number>,
  ) => ({
    name,
    unit,
    baseline: "window 16",
    note,
    subjects: [16, 64, 256].map((window) =>
      subject(`window ${window}`, streamed(source, window), 1, options)
    ),
  });
  return [
    map("map/one-worker", options, note),
    map("map/default", {}, `${cores} workers`),
    stream("stream/generator", numbers),
    stream("stream/async-generator", numbersLater),
  ];
}

/** Mappings and streams of numbers: what a message for each item costs. */
export const flow: Area = {
  name: "flow",
  summary:
    "mappings and streams: items by themselves, and several in a message",
  async scenarios() {
    return scenarios(await placement());
  },
};
