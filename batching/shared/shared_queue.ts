/**
 * What all shared queues are, and how they are sent.
 *
 * @module
 */

import { KIND, registerPortable } from "../../codec/portable_kind.ts";
import { CorruptFrameError } from "../../codec/reader.ts";
import { perRealm } from "../../sync/thread/realm.ts";
import { Pushing } from "./pushing.ts";
import { queueClosed, type QueueKind, type QueuePlan } from "./queue_plan.ts";
import { receivedPlan, type SentPlan, sentPlan } from "./sent_plan.ts";

let pushingIn: (queue: SharedQueue) => Pushing<never>;

/**
 * What all queues in shared memory have.
 *
 * @example Usage
 * ```ts
 * import { Runtime, TaskQueue } from "@kindred/kindred";
 * import { assertEquals, assertRejects } from "@std/assert";
 *
 * await using runtime = await Runtime.start({ workers: 1 });
 * const queue = await TaskQueue.on<number, number>(
 *   runtime,
 *   (batch) => batch.bound().map((n) => n + 1),
 *   { tasks: "f64", capacity: 64 },
 * );
 * assertEquals([queue.capacity, queue.workers], [64, [0]]);
 * const value = queue.push(1);
 * await queue.close();
 * assertEquals([await value, queue.size], [2, 0]);
 * await assertRejects(() => queue.push(2), TypeError);
 * ```
 */
export abstract class SharedQueue implements AsyncDisposable {
  /** Only for the compiler: queues can be sent. */
  declare readonly "~sendable": true;
  readonly #pushing: Pushing<never>;

  static {
    pushingIn = (queue) => queue.#pushing;
  }

  /** Made by a queue that is started, or that arrives. */
  constructor(pushing: Pushing<never>) {
    this.#pushing = pushing;
    pushing.queue ??= this;
  }

  /** How many tasks each of its rings holds. */
  get capacity(): number {
    return this.#pushing.plan.lanes[0]!.ring.capacity;
  }

  /**
   * How many tasks take places now: those that are in a batch that grows, and from the
   * oldest batch on that is not completed.
   */
  get size(): number {
    let size = 0;
    for (const { ring } of this.#pushing.plan.lanes) size += ring.size;
    return size;
  }

  /** The indices of the workers that process its tasks. */
  get workers(): number[] {
    return this.#pushing.plan.lanes.map(({ worker }) => worker);
  }

  /** Resolves when each task that this thread has pushed has its answer. */
  idle(): Promise<void> {
    return this.#pushing.idle();
  }

  /**
   * Takes no more tasks, from any thread, and waits until those that were pushed have
   * been processed. What is pushed afterwards is rejected with a `TypeError`.
   */
  close(): Promise<void> {
    return this.#pushing.close(queueClosed(), false);
  }

  /** {@linkcode SharedQueue.close}: for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What this thread has of a queue. */
export function pushingOf(queue: SharedQueue): Pushing<never> {
  return pushingIn(queue);
}

type QueueClass = new (pushing: Pushing<never>) => SharedQueue;

const CLASSES = new Map<QueueKind, QueueClass>();

/** Queues of this kind are of this class. */
export function registerQueue(kind: QueueKind, type: QueueClass): void {
  CLASSES.set(kind, type);
}

/** By number: what this thread has of queues. */
const known = perRealm(
  "batching/queues",
  () => new Map<number, WeakRef<SharedQueue>>(),
);

/** The queue of a plan on this thread, made on first need. */
export function queueOf(plan: QueuePlan): SharedQueue {
  const there = known.get(plan.id)?.deref();
  if (there !== undefined) return there;
  const queue = new (CLASSES.get(plan.kind)!)(new Pushing(plan));
  known.set(plan.id, new WeakRef(queue));
  return queue;
}

registerPortable<SharedQueue, SentPlan>({
  number: KIND.SHARED_QUEUE,
  is: (value) => value instanceof SharedQueue,
  refuse: (_, out) =>
    out.buffers === undefined
      ? "is a shared queue: shared memory cannot be sent in a message, only in a call or as part of a family's shared state"
      : undefined,
  encode: (queue, out) => {
    out.tellSource();
    return sentPlan(pushingIn(queue).plan, out);
  },
  decode: (data, from) => {
    const plan = receivedPlan(data, from, (kind) => CLASSES.has(kind));
    const queue = queueOf(plan);
    if (pushingIn(queue).plan.kind === plan.kind) return queue;
    throw new CorruptFrameError(
      `Cannot receive queue as its number is that of another kind: received '${plan.kind}'`,
    );
  },
});
