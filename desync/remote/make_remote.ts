/**
 * Making objects on workers.
 *
 * @module
 */

import { inWords } from "../../codec/in_words.ts";
import { RuntimeClosedError } from "../../workers/errors.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import { WorkerTurns } from "../../workers/desk/worker_turns.ts";
import type { AnyFunction } from "../../workers/functions/portable.ts";
import { homeIn } from "../../workers/local/current_home.ts";
import { portOf, RuntimeFace } from "../../workers/runtime/runtime_face.ts";
import type { InlineTasks } from "../../workers/tasks/inline_tasks.ts";
import type { TaskPort } from "../../workers/tasks/task_port.ts";
import { ThreadTasks } from "../../workers/tasks/thread_tasks.ts";
import { hostObject, type ObjectPlan } from "./host_object.ts";
import { InlineDesync } from "./inline_desync.ts";
import type { PlacedDesync } from "./placed_desync.ts";
import { RemoteDesync } from "./remote_desync.ts";
import { RemoteLine } from "./remote_line.ts";
import {
  checkRemoteOptions,
  type RemoteDesyncOptions,
} from "./remote_options.ts";
import { allocateQueue } from "./shared_queue.ts";

/** Bytes for jobs that wait, unless told otherwise. */
const RESERVE = 2 ** 24;

const SLOT_SHIFT = 21;

/** How many objects this thread has made, and whose turn it is. */
const made = perRealm("remote objects", () => ({
  count: 0,
  turns: new WorkerTurns(),
}));

/**
 * Makes data on a worker, and an object of them.
 *
 * @param factory A portable function that makes them, or a promise of them.
 * @throws {TypeError} If an argument is of another type, or cannot be sent.
 * @throws {RangeError} If there is no such worker.
 * @throws What the factory throws.
 */
export async function makeRemote<T>(
  runtime: RuntimeFace,
  factory: (...args: never[]) => T | PromiseLike<T>,
  options: RemoteDesyncOptions<T> = {},
): Promise<PlacedDesync<T>> {
  if (!(runtime instanceof RuntimeFace)) {
    throw new TypeError(
      `Cannot make object on a worker as 'runtime' must be a runtime: received ${
        inWords(runtime)
      }`,
    );
  }
  if (typeof factory !== "function") {
    throw new TypeError(
      `Cannot make object on a worker as 'factory' must be a function: received ${
        inWords(factory)
      }`,
    );
  }
  const port = portOf(runtime);
  checkRemoteOptions(options, port.size);
  return port instanceof ThreadTasks
    ? await makeOnThread(runtime, port, factory, options)
    : await makeInline(runtime, port as InlineTasks, factory, options);
}

async function makeInline<T>(
  runtime: RuntimeFace,
  tasks: InlineTasks,
  factory: AnyFunction,
  options: RemoteDesyncOptions<T>,
): Promise<PlacedDesync<T>> {
  const { turns, calls } = tasks.parts;
  if (calls.closed) throw new RuntimeClosedError("make object on a worker");
  const worker = workerOf(runtime, tasks, options) ??
    made.count++ % tasks.size;
  const home = turns.homes[worker]!;
  const { args = [] } = options;
  return await InlineDesync.make({
    worker,
    home,
    tasks,
    factory,
    args,
    options,
  });
}

async function makeOnThread<T>(
  runtime: RuntimeFace,
  port: ThreadTasks,
  factory: AnyFunction,
  options: RemoteDesyncOptions<T>,
): Promise<PlacedDesync<T>> {
  const { functions, mailbox, desk, directory } = port.parts;
  const { args = [], dispose, onError, near } = options;
  const { onFailure = "continue", onLoss = "refuse" } = options;
  const { timeout = Infinity } = options;
  const { reserve = RESERVE, name = factory.name || "object" } = options;
  const numberOf = (fn: AnyFunction | undefined) =>
    fn === undefined ? 0 : functions.numberOf(fn);
  const worker = workerOf(runtime, port, options) ??
    (near === undefined ? made.turns.next(directory) : desk.loads.pick(near));
  const plan: ObjectPlan = {
    runtime: homeIn(runtime, "make object on a worker").commons.id,
    key: {
      generation: mailbox.generation,
      place: (mailbox.slot << SLOT_SHIFT) | ++made.count,
    },
    name,
    worker,
    buffer: allocateQueue({ reserve }).buffer,
    reserve,
    factory: numberOf(factory),
    args,
    dispose: numberOf(dispose),
    onError: numberOf(onError),
    onFailure,
    onLoss,
    timeout,
  };
  await port.spawn(hostObject, [plan], { worker, name }, { isBounded: true })
    .promise;
  return new RemoteDesync<T>(new RemoteLine(plan, port));
}

/** The worker that is named, if one is. */
function workerOf<T>(
  runtime: RuntimeFace,
  { size }: TaskPort,
  { worker, affinity }: RemoteDesyncOptions<T>,
): number | undefined {
  if (worker !== undefined || affinity === undefined) return worker;
  const there = runtime.affinities.findIndex(({ processor }) =>
    processor === affinity.processor
  );
  if (there >= 0) return there;
  throw new RangeError(
    `Cannot make object on a worker as none lives at 'affinity': received processor ${affinity.processor} of ${size}`,
  );
}
