/**
 * What echoes a batch of numbers: each number is pushed by itself or all
 * together, and the batch is over when each has come back.
 *
 * @module
 */

/** Echoes a batch and gives what came back; together, if there are several promises. */
export type EchoBatch = (tasks: readonly number[]) => Promise<unknown>;

/** Loads what echoes. Everything is imported here, so that a peer that is missing is one line. */
export type MakeEcho = (size: number) => Promise<EchoBatch>;

/**
 * Awaits what each number comes back as. The loop is compiled anew for each
 * subject: one for all would be as slow for the quickest one as calls of ten different
 * functions are, which hides differences.
 */
function each(push: (task: number) => Promise<unknown>): EchoBatch {
  const make = new Function(
    "push",
    `return (tasks) => {
      const { length } = tasks;
      const promises = new Array(length);
      for (let k = 0; k < length; k++) promises[k] = push(tasks[k]);
      return Promise.all(promises);
    };`,
  );
  return make(push) as EchoBatch;
}

const RESOLVED = Promise.resolve();

/** The least that it can cost: a promise for each number, all resolved in one microtask. */
function floor(): Promise<EchoBatch> {
  let waiting: ((value: number) => void)[] = [];
  let numbers: number[] = [];
  function resolveAll(): void {
    const [resolves, values] = [waiting, numbers];
    waiting = [];
    numbers = [];
    for (let k = 0; k < resolves.length; k++) resolves[k]!(values[k]!);
  }
  return Promise.resolve(each((task) =>
    new Promise<number>((resolve) => {
      if (waiting.length === 0) RESOLVED.then(resolveAll);
      waiting.push(resolve);
      numbers.push(task);
    })
  ));
}

async function queue() {
  const { TaskQueue } = await import("../../../batching/mod.ts");
  return new TaskQueue<number, number>((batch) => batch.bound().map((n) => n));
}

async function taskQueue(): Promise<EchoBatch> {
  const tasks = await queue();
  return each((task) => tasks.push(task));
}

async function pushMany(): Promise<EchoBatch> {
  const tasks = await queue();
  return (numbers) => tasks.pushMany(numbers);
}

/** The round trip: nobody waits for a value, so each task has the function that takes it. */
async function backgroundQueue(): Promise<EchoBatch> {
  const { BackgroundQueue } = await import("../../../batching/mod.ts");
  interface Task {
    readonly number: number;
    readonly resolve: (value: number) => void;
  }
  const tasks = new BackgroundQueue<Task>((batch) => {
    for (const slice of batch.bound().slices()) {
      for (let k = 0; k < slice.length; k++) {
        const { number, resolve } = slice.at(k)!;
        resolve(number);
      }
    }
  });
  return each((number) =>
    new Promise<number>((resolve) => tasks.push({ number, resolve }))
  );
}

async function batchReducer(): Promise<EchoBatch> {
  const { BatchReducer } = await import("../../../batching/mod.ts");
  const reducer = new BatchReducer<number>();
  const all = each((task) => reducer.collect(task));
  return async (tasks) => (await all(tasks) as unknown[])[0];
}

async function ourDataLoader(): Promise<EchoBatch> {
  const { DataLoader } = await import("../../../batching/dataloader.ts");
  const loader = new DataLoader<number, number>(
    (keys) => Promise.resolve(keys),
    { cache: false },
  );
  return each((task) => loader.load(task));
}

/** Without its cache, as nobody else has one. */
async function dataloader(
  schedule?: (callback: () => void) => void,
): Promise<EchoBatch> {
  const { default: DataLoader } = await import("npm:dataloader@2.2.3");
  const loader = new DataLoader<number, number>(
    (keys) => Promise.resolve(keys),
    { cache: false, ...(schedule && { batchScheduleFn: schedule }) },
  );
  return each((task) => loader.load(task));
}

/** It has no batches: each number is a job, as many at once as there are. */
async function pQueue(size: number): Promise<EchoBatch> {
  const { default: PQueue } = await import("npm:p-queue@9.0.0");
  const queue = new PQueue({ concurrency: size });
  return each((task) => queue.add(() => Promise.resolve(task)));
}

/** The same: its promises, as many at once as there are. */
async function fastqPromise(size: number): Promise<EchoBatch> {
  const { default: fastq } = await import("npm:fastq@1.19.1");
  const queue = fastq.promise(
    (task: number) => Promise.resolve(task),
    size,
  );
  return each((task) => queue.push(task));
}

/** The least that a batch of that size costs. */
export const FLOOR = "plain promises";

/** What is compared. */
export const ECHOES: Readonly<Record<string, MakeEcho>> = {
  "TaskQueue.push()": taskQueue,
  "TaskQueue.pushMany()": pushMany,
  "BackgroundQueue": backgroundQueue,
  "BatchReducer.collect()": batchReducer,
  "our DataLoader": ourDataLoader,
  "dataloader": () => dataloader(),
  // Its quickest schedule, which joins what one turn of promises loads.
  "dataloader, in a microtask": () =>
    dataloader((callback) => void RESOLVED.then(callback)),
  "fastq": fastqPromise,
  [FLOOR]: floor,
};

/**
 * p-queue slows down the promises of others in its process, so it is compared
 * after all others, with two of them.
 */
export const SLOWING: Readonly<Record<string, MakeEcho>> = {
  "TaskQueue.push()": taskQueue,
  "p-queue": pQueue,
  [FLOOR]: floor,
};
