/**
 * Making an object on its worker.
 *
 * @module
 */

import type { SharedSlice } from "../../sync/memory/memory.ts";
import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import { WorkerLostError } from "../../workers/errors.ts";
import type { LoadedFunction } from "../../workers/functions/loaded_function.ts";
import { portable } from "../../workers/functions/portable.ts";
import { hostingHere } from "../../workers/host/hosting.ts";
import type { Owned } from "../../workers/local/home.ts";
import { LineReference } from "../line_reference.ts";
import type { FailurePolicy } from "../ordered.ts";
import { closedError } from "../refusals.ts";
import { HostedLine } from "./hosted_line.ts";
import { forgetLine, hostedLine, hostLine } from "./hosted_objects.ts";
import { keyNumber, type ObjectKey } from "./job_frame.ts";
import { ENDED, OPEN, SharedQueue } from "./shared_queue.ts";

/** What becomes of an object when its worker is lost. */
export type LossPolicy = "refuse" | "rebuild";

/** All that a thread needs to know of an object. */
export interface ObjectPlan {
  /** The runtime. */
  readonly runtime: string;
  /** Which object it is. */
  readonly key: ObjectKey;
  /** What errors call it. */
  readonly name: string;
  /** The index of its worker. */
  readonly worker: number;
  /** Where its queue is. */
  readonly buffer: SharedArrayBuffer;
  /** Bytes for what waits there. */
  readonly reserve: number;
  /** The number of the function that makes its data. */
  readonly factory: number;
  /** What that gets. */
  readonly args: readonly unknown[];
  /** The number of the function that disposes the data; 0: none. */
  readonly dispose: number;
  /** The number of the function that gets stray failures; 0: none. */
  readonly onError: number;
  /** What becomes of the object when a job throws. */
  readonly onFailure: FailurePolicy;
  /** What becomes of it when its worker is lost. */
  readonly onLoss: LossPolicy;
  /** How long a thread blocks for a job at most, in ms, unless it says so itself. */
  readonly timeout: number;
}

/** Where the queue of an object is. */
export function queueOf({ buffer }: ObjectPlan): SharedSlice {
  return { buffer, byteOffset: 0 };
}

/** An object that was made. */
export interface Life {
  /** How often it was. */
  readonly life: number;
  /** The thread that has it. */
  readonly thread: ThreadId;
}

/** Those that are just being made, by key: threads that ask for it each send the buffer. */
const making = new Map<number, Promise<HostedLine>>();

/**
 * Makes an object on this worker, unless it is there.
 *
 * @throws {DesyncClosedError} If it is disposed of, and nothing is left to be done for that.
 */
export const hostObject: (plan: ObjectPlan) => Promise<Life> = portable(
  import.meta.url,
  async function hostObject(plan: ObjectPlan): Promise<Life> {
    const thread = currentThread().id;
    const { life } = hostedLine(plan.key) ?? await makeOnce(plan);
    if (new SharedQueue(queueOf(plan), plan).owner === thread) {
      return { life, thread };
    }
    // This one goes, and is asked for nothing any more.
    throw new WorkerLostError(plan.worker, "it ends", { started: false });
  },
);

/**
 * Disposes of an object that nobody has. What was asked for is done before, for which it is
 * made again. Nobody asks for more by then.
 *
 * @throws What `dispose` throws.
 */
export const endObject: (plan: ObjectPlan) => Promise<void> = portable(
  import.meta.url,
  async function endObject(plan: ObjectPlan): Promise<void> {
    let line: HostedLine;
    try {
      line = hostedLine(plan.key) ?? await makeOnce(plan);
    } catch {
      // Who waits for what was asked for is told by its own attempt: it is the last one.
      return new SharedQueue(queueOf(plan), plan).end();
    }
    await line.end();
  },
);

function makeOnce(plan: ObjectPlan): Promise<HostedLine> {
  const key = keyNumber(plan.key);
  let made = making.get(key);
  if (made === undefined) {
    made = make(plan).finally(() => making.delete(key));
    making.set(key, made);
  }
  return made;
}

async function make(plan: ObjectPlan): Promise<HostedLine> {
  const { key, name } = plan;
  const hosting = hostingHere()!;
  const queue = new SharedQueue(queueOf(plan), plan);
  const { phase } = queue;
  if (phase === ENDED || (phase !== OPEN && queue.size === 0)) {
    throw closedError();
  }
  const load = async (number: number): Promise<LoadedFunction | undefined> =>
    number === 0 ? undefined : await hosting.functions.load(number);
  const factory = await load(plan.factory);
  const dispose = await load(plan.dispose);
  const onError = await load(plan.onError);
  const reference = new LineReference<unknown>(
    await factory!.run(...plan.args),
  );
  const life = queue.life + 1;
  const line = new HostedLine({
    hosting,
    queue,
    life,
    given: [reference],
    onFailure: plan.onFailure,
    onError: onError?.run,
    dispose: dispose?.run,
    ended: () => {
      hosting.home.letGo(owned);
      forgetLine(key);
    },
  });
  reference.belongsTo(line);
  const { commons } = hosting.home;
  const owned: Owned = {
    name,
    dispose: () =>
      commons.isClosed
        ? line.endAlone()
        : line.leave(plan.onLoss === "rebuild"),
  };
  hosting.home.own(owned);
  hostLine(key, line);
  queue.clearPoison();
  queue.takeOver();
  queue.setOwner(currentThread().id, life);
  // What was asked for before it was there.
  line.serveSoon();
  // Who closed it has told another one, or comes to wait for this one. That hears of it.
  if (queue.phase !== OPEN) line.end().catch(() => {});
  return line;
}
