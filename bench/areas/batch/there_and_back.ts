/**
 * What doubles numbers on another thread, in batches or not.
 *
 * @module
 */

import type { Layout } from "../pool/peer.ts";

/** A worker that doubles numbers. */
export interface Doubler {
  /** The doubles of a batch, each when it is there or all together. */
  double(numbers: Float64Array<ArrayBuffer>): Promise<ArrayLike<number>>;
  close(): Promise<void> | void;
}

/** Starts one, or loads it first. */
export type StartDoubler = (layout: Layout) => Promise<Doubler>;

async function runtimeOf(layout: Layout) {
  const { Runtime } = await import("../../../workers/mod.ts");
  const { optionsOf } = await import("../pool/kindred.ts");
  return await Runtime.start(optionsOf(layout));
}

/** A queue whose processor is on the worker. */
async function startQueue(layout: Layout, size: number) {
  const { TaskQueue } = await import("../../../batching/mod.ts");
  const runtime = await runtimeOf(layout);
  try {
    const queue = await TaskQueue.on<number, number>(
      runtime,
      (batch) => batch.bound().map((number) => 2 * number),
      { tasks: "f64", worker: 0, capacity: Math.max(1024, 4 * size) },
    );
    const close = async () => {
      await queue.close();
      await runtime.close();
    };
    return { queue, close };
  } catch (error) {
    await runtime.close();
    throw error;
  }
}

function each<T>(
  numbers: Float64Array<ArrayBuffer>,
  call: (number: number) => PromiseLike<T>,
): Promise<T[]> {
  const promises = new Array<PromiseLike<T>>(numbers.length);
  for (let k = 0; k < numbers.length; k++) promises[k] = call(numbers[k]!);
  return Promise.all(promises);
}

/** Each task by itself. */
const push: StartDoubler = async (layout) => {
  const { queue, close } = await startQueue(layout, 1024);
  return {
    double: (numbers) => each(numbers, (number) => queue.push(number)),
    close,
  };
};

/** All tasks of a batch together. */
const pushMany: StartDoubler = async (layout) => {
  const { queue, close } = await startQueue(layout, 1024);
  return {
    double: (numbers) => queue.pushMany(numbers) as Promise<number[]>,
    close,
  };
};

/** Each number as a task of the runtime. */
const spawn: StartDoubler = async (layout) => {
  const runtime = await runtimeOf(layout);
  const spawner = runtime.on(0);
  const twice = (number: number) => 2 * number;
  return {
    double: (numbers) =>
      each(numbers, (number) => spawner.spawn(twice, number)),
    close: () => runtime.close(),
  };
};

/** A worker's handler by hand: a message of a whole batch, or of a number. */
const HOST = `
  onmessage = ({ data: [id, numbers] }) => {
    const doubles = typeof numbers === "number"
      ? 2 * numbers
      : numbers.map((number) => 2 * number);
    postMessage([id, doubles]);
  };
  postMessage([0]);
`;

type Reply = readonly [id: number, doubles: unknown];

async function startRaw() {
  const url = URL.createObjectURL(
    new Blob([HOST], { type: "text/javascript" }),
  );
  const worker = new Worker(url, { type: "module" });
  const pending = new Map<number, (doubles: unknown) => void>();
  let lastId = 0;
  const ready = new Promise((resolve) => pending.set(0, resolve));
  worker.onmessage = ({ data: [id, doubles] }: MessageEvent<Reply>) => {
    pending.get(id)!(doubles);
    pending.delete(id);
  };
  await ready;
  URL.revokeObjectURL(url);
  const call = (numbers: unknown) =>
    new Promise<unknown>((resolve) => {
      const id = ++lastId;
      pending.set(id, resolve);
      worker.postMessage([id, numbers]);
    });
  return { call, close: () => worker.terminate() };
}

/** A message for each batch: what a careful user writes by hand. */
const postBatches: StartDoubler = async () => {
  const { call, close } = await startRaw();
  return {
    double: (numbers) => call(numbers) as Promise<Float64Array>,
    close,
  };
};

/** A message for each number. */
const postEach: StartDoubler = async () => {
  const { call, close } = await startRaw();
  return {
    double: (numbers) => each(numbers, call) as Promise<number[]>,
    close,
  };
};

/** The name of what others are compared with. */
export const BY_HAND = "postMessage, a batch by hand";

/** What is compared. */
export const DOUBLERS: Readonly<Record<string, StartDoubler>> = {
  [BY_HAND]: postBatches,
  "postMessage, each": postEach,
  "spawn(), each": spawn,
  "shared TaskQueue.push()": push,
  "shared TaskQueue.pushMany()": pushMany,
};
