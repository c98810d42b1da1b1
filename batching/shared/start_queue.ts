/**
 * Starting a shared queue on the workers of a runtime.
 *
 * @module
 */

import type { AnyFunction } from "../../codec/function_values.ts";
import type { Family } from "../../linked/family.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import { Runtime } from "../../workers/runtime/runtime.ts";
import { checkWorker } from "../../workers/tasks/spawn_options.ts";
import {
  type BatchQueueOptions,
  checkFunction,
  checkOptions,
} from "../queue_options.ts";
import type { QueueHost } from "./queue_host.ts";
import { queueHosts } from "./queue_hosts.ts";
import { QueueMemory } from "./queue_memory.ts";
import type { QueueKind, QueueLane } from "./queue_plan.ts";
import { pushingOf, queueOf, type SharedQueue } from "./shared_queue.ts";
import { formNameOf, ringFor, type TaskSource } from "./task_form.ts";

/** Options of a queue that is shared by the threads of a runtime. */
export interface SharedQueueOptions<Task>
  extends Omit<BatchQueueOptions, "schedule"> {
  /**
   * What the tasks are: `"i32"`, `"u32"` or `"f64"`, for numbers; a type that
   * `struct()` made; `"bytes"`, which processors get as views on the ring; or
   * `"portable"`, for values as channels carry them, of which processors get copies, a
   * new one with each look. Default: `"portable"`.
   */
  readonly tasks?: TaskSource<Task>;
  /**
   * How many bytes of tasks a ring holds, if they are bytes or portable values: a
   * multiple of 8 from 64 to 2^30. No task may be longer. Default: 1 MiB.
   */
  readonly byteCapacity?: number;
  /**
   * The worker that processes them; or each one, with a ring of its own: tasks
   * go to the worker that pushes them, or to one that has room. Default: the one that
   * has least to do.
   */
  readonly worker?: number | "each";
  /**
   * A NUMA node: a worker on a processor of it processes the tasks, if there is one.
   * Without effect where a worker is named.
   */
  readonly near?: number;
}

/** How many queues this thread has started. */
const started = perRealm("batching/started", () => ({ count: 0 }));

/** Which queue is to be made. */
export interface StartedKind {
  readonly kind: QueueKind;
  /** What errors call it. */
  readonly what: string;
}

/** Starts a queue. */
export async function startQueue<Task>(
  { kind, what }: StartedKind,
  runtime: Runtime,
  processor: AnyFunction,
  options: SharedQueueOptions<Task>,
): Promise<SharedQueue> {
  const action = `create ${what}`;
  if (!(runtime instanceof Runtime)) {
    throw new TypeError(
      `Cannot ${action} as 'runtime' must be a Runtime: received ${typeof runtime}`,
    );
  }
  checkFunction(action, "its processor", processor);
  const { maxBatch, concurrency, overflow, capacity, signal } = checkOptions(
    what,
    options,
  );
  const { tasks = "portable", byteCapacity = 2 ** 20, worker, near } = options;
  if (worker !== undefined && worker !== "each") {
    checkWorker(worker, runtime.size, action);
  }
  const rings = Array.from(
    { length: worker === "each" ? runtime.size : 1 },
    () => ringFor(tasks as TaskSource<never>, capacity, byteCapacity),
  );
  signal?.throwIfAborted();
  const family = await runtime.link(queueHosts);
  const lanes: QueueLane[] = [];
  for (const [k, ring] of rings.entries()) {
    const index = worker === "each" ? k : worker ?? await place(family, near);
    lanes.push({ worker: index, ring });
  }
  const queue = queueOf({
    id: ++started.count,
    ...{ kind, lanes, processor, maxBatch, concurrency, overflow, family },
    form: formNameOf(tasks as TaskSource<never>),
    memory: QueueMemory.allocate(lanes.length).handle,
  });
  await Promise.all(
    lanes.map(({ worker }, lane) => family.on(worker).open(queue, lane)),
  );
  signal?.addEventListener("abort", () => closeNow(queue, signal.reason), {
    once: true,
  });
  if (signal?.aborted) closeNow(queue, signal.reason);
  return queue;
}

function place(
  family: Family<QueueHost>,
  near: number | undefined,
): Promise<number> {
  return near === undefined
    ? family.leastLoaded().where()
    : family.near(near).where();
}

function closeNow(queue: SharedQueue, reason: unknown): void {
  // Who waits has the reason; workers that cannot be told any more have ended.
  pushingOf(queue).close(reason, true).catch(() => {});
}
