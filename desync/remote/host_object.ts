/**
 * Making an object on its worker.
 *
 * @module
 */

import type { SharedSlice } from "../../sync/memory/memory.ts";
import { currentThread } from "../../sync/thread/thread.ts";
import type { LoadedFunction } from "../../workers/functions/loaded_function.ts";
import { portable } from "../../workers/functions/portable.ts";
import { hostingHere } from "../../workers/host/hosting.ts";
import type { Owned } from "../../workers/local/home.ts";
import { LineReference } from "../line_reference.ts";
import type { FailurePolicy } from "../ordered.ts";
import { HostedLine } from "./hosted_line.ts";
import { forgetLine, hostedLine, hostLine } from "./hosted_objects.ts";
import type { ObjectKey } from "./job_frame.ts";
import { SharedQueue } from "./shared_queue.ts";

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

/** Those that are just being made. */
const making = new Map<SharedArrayBuffer, Promise<void>>();

/** Makes an object on this worker, unless it is there. */
export const hostObject: (plan: ObjectPlan) => Promise<void> = portable(
  import.meta.url,
  async function hostObject(plan: ObjectPlan): Promise<void> {
    if (hostedLine(plan.key) !== undefined) return;
    let made = making.get(plan.buffer);
    if (made === undefined) {
      made = make(plan).finally(() => making.delete(plan.buffer));
      making.set(plan.buffer, made);
    }
    await made;
  },
);

async function make(plan: ObjectPlan): Promise<void> {
  const { key, name } = plan;
  const hosting = hostingHere()!;
  const load = async (number: number): Promise<LoadedFunction | undefined> =>
    number === 0 ? undefined : await hosting.functions.load(number);
  const factory = await load(plan.factory);
  const dispose = await load(plan.dispose);
  const onError = await load(plan.onError);
  const reference = new LineReference<unknown>(
    await factory!.run(...plan.args),
  );
  const queue = new SharedQueue(queueOf(plan), plan);
  const line = new HostedLine({
    hosting,
    queue,
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
  queue.setOwner(currentThread().id);
  // What was asked for before it was there.
  line.serveSoon();
}
