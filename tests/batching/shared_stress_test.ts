import { assert, assertEquals } from "@std/assert";
import {
  closure,
  Runtime,
  SharedCounter,
  type SharedTaskQueue,
  TaskQueue,
  topology,
} from "../../mod.ts";
import { fragile } from "./fixtures/shared_processors.ts";

type Queue = SharedTaskQueue<number, number>;

/** Pushes numbers until so many were answered; runs on any thread. */
async function pushAll(
  queue: Queue,
  from: number,
  count: number,
): Promise<{ values: number; lost: number; wrong: string[] }> {
  const seen = { values: 0, lost: 0, wrong: [] as string[] };
  const look = (task: number, value: number) => {
    if (value === 3 * task) seen.values++;
    else seen.wrong.push(`${value} for ${task}`);
  };
  const fail = (error: Error, tasks: number) => {
    const isLost = error.name === "WorkerLostError" &&
      (error as Error & { started: boolean }).started;
    if (isLost) seen.lost += tasks;
    else seen.wrong.push(String(error));
  };
  for (let k = 0; k < count;) {
    const size = Math.min(count - k, 1 + (k * 7919) % 50);
    const tasks = Array.from({ length: size }, (_, j) => from + k + j);
    if (size % 2 === 0) {
      await queue.pushMany(tasks).then(
        (values) => values.forEach((value, j) => look(tasks[j]!, value)),
        (error) => fail(error, size),
      );
    } else {
      await Promise.all(
        tasks.map((task) =>
          queue.push(task).then(
            (value) => look(task, value),
            (error) => fail(error, 1),
          )
        ),
      );
    }
    k += size;
  }
  return seen;
}

Deno.test(
  "SharedTaskQueue: while its worker is lost again and again, each task of all threads gets its value or a WorkerLostError",
  { timeout: 120_000, ignore: topology().allowed.size < 2 },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const fuses = new SharedCounter(3);
    await using queue = await TaskQueue.on<number, number>(
      runtime,
      closure(fuses, fragile),
      { tasks: "f64", worker: 0, capacity: 64, maxBatch: 20, concurrency: 3 },
    );
    const COUNT = 3000;
    const all = await Promise.all([
      pushAll(queue, 0, COUNT),
      pushAll(queue, 10_000, COUNT),
      runtime.on(1).spawn(pushAll, queue, 20_000, COUNT),
      runtime.on(1).spawn(pushAll, queue, 30_000, COUNT),
    ]);
    for (const { values, lost, wrong } of all) {
      assertEquals(wrong, []);
      assertEquals(values + lost, COUNT);
    }
    assert(fuses.value <= 0, "no worker was lost");
    assertEquals(queue.size, 0);
  },
);
