/**
 * What a worker does for shared queues: the instance of a family that a runtime
 * links when the first of them is made.
 *
 * @module
 */

import { currentRuntime } from "../../workers/runtime/inside.ts";
import type { Siblings } from "../../linked/siblings.ts";
import type { Answers } from "./answers.ts";
import { handlingOf } from "./batch_handling.ts";
import { HostedQueue } from "./hosted_queue.ts";
import { queueClosed } from "./queue_plan.ts";
import { pushingOf, type SharedQueue } from "./shared_queue.ts";

/** The lanes that a worker processes. */
export class QueueHost {
  readonly #siblings: Siblings<unknown>;
  readonly #lanes = new Map<string, HostedQueue>();

  constructor(siblings: Siblings<unknown>) {
    this.#siblings = siblings;
  }

  /** The index of the worker. */
  where(): number {
    return this.#siblings.index;
  }

  /**
   * Begins to process a lane, unless it does so already.
   *
   * @returns Which term of the lane this is.
   * @throws {TypeError} If the queue is closed, or another thread has the lane.
   */
  open(queue: SharedQueue, lane: number): number {
    const { plan, memory } = pushingOf(queue);
    const name = nameOf(plan.id, lane);
    const known = this.#lanes.get(name);
    if (known !== undefined) return known.term;
    if (memory.isClosed) throw queueClosed();
    const handling = handlingOf(plan);
    const runtime = currentRuntime();
    const hosted = new HostedQueue({ plan, memory, lane, handling, runtime });
    this.#lanes.set(name, hosted);
    return hosted.term;
  }

  /**
   * The answers to tasks of a thread: see `Correspondent.ask()`.
   *
   * @returns null: the lane has another term here, or none.
   */
  ask(
    queue: number,
    lane: number,
    term: number,
    thread: number,
    first: number,
    count: number,
    missing: number,
  ): Answers | null | Promise<Answers> {
    const hosted = this.#hosted(queue, lane, term);
    return hosted === undefined
      ? null
      : hosted.ask(thread, first, count, missing);
  }

  /** Which of a thread's tasks will have an answer; null as for {@linkcode ask}. */
  kept(
    queue: number,
    lane: number,
    term: number,
    thread: number,
    tickets: Int32Array,
  ): Int32Array | null {
    return this.#hosted(queue, lane, term)?.kept(thread, tickets) ?? null;
  }

  /** Waits for places: see `HostedQueue.room()`; null as for {@linkcode ask}. */
  room(
    queue: number,
    lane: number,
    term: number,
    frees: number,
  ): Promise<number> | null {
    return this.#hosted(queue, lane, term)?.room(frees) ?? null;
  }

  /** Takes no more tasks: see `HostedQueue.close()`. */
  async close(
    queue: number,
    lane: number,
    reason: unknown,
    isNow: boolean,
  ): Promise<unknown[]> {
    const hosted = this.#lanes.get(nameOf(queue, lane));
    return await hosted?.close(reason, isNow) ?? [];
  }

  /** The worker ends. */
  [Symbol.dispose](): void {
    const errors: unknown[] = [];
    for (const hosted of this.#lanes.values()) {
      try {
        hosted[Symbol.dispose]();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 1) throw new AggregateError(errors);
    if (errors.length > 0) throw errors[0];
  }

  #hosted(
    queue: number,
    lane: number,
    term: number,
  ): HostedQueue | undefined {
    const hosted = this.#lanes.get(nameOf(queue, lane));
    return hosted?.term === term ? hosted : undefined;
  }
}

function nameOf(queue: number, lane: number): string {
  return `${queue}/${lane}`;
}
