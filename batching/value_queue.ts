/**
 * Pushing tasks of which each is answered by a value.
 *
 * @module
 */

import { abortable } from "./abortable.ts";
import { type Assignment, assignmentOf } from "./assignment.ts";
import { BatchIncompleteError } from "./batch_errors.ts";
import type { LocalBatch } from "./local_batch.ts";
import { type BatchHandling, LocalQueue } from "./local_queue.ts";
import { OpenBatch } from "./open_batch.ts";
import type { CheckedOptions } from "./queue_options.ts";
import type { QueueStats } from "./queue_stats.ts";
import { GroupRun, ValueGroup } from "./value_group.ts";
import type { Waiter } from "./waiter.ts";
import type { InLine } from "./waiting_line.ts";

/** Processes batches of tasks that wait for values. */
export type BatchProcessor<Task, Value> = (
  batch: OpenBatch<Assignment<Task, Value>>,
) => void | PromiseLike<void>;

/** What a keyed queue needs besides. */
export type ValueHandling<Task, Attached> = Pick<
  BatchHandling<Task, never, Attached>,
  "forget" | "released"
>;

/** A queue of tasks and values on one thread. */
export class ValueQueue<Task, Value, Attached = never> {
  readonly #queue: LocalQueue<Task, Value, Attached>;

  constructor(
    processor: BatchProcessor<Task, Value>,
    options: CheckedOptions,
    handling: ValueHandling<Task, Attached> = {},
    position: number = 0,
  ) {
    this.#queue = new LocalQueue(options, {
      run: (batch) =>
        processor(new OpenBatch(batch, assignmentOf<Task, Value>)),
      returned: (batch) =>
        batch.fail(
          new BatchIncompleteError(
            batch.size,
            "its processor returned before each task had an answer",
          ),
        ),
      failed(batch, reason) {
        if (!batch.isFreed) batch.fail(reason);
        // Nobody waits who could learn it: like any promise that nobody handles.
        else void Promise.reject(reason);
      },
      ...handling,
    }, position);
  }

  /** See {@linkcode LocalQueue.open}. */
  get open(): LocalBatch<Task, Value, Attached> {
    return this.#queue.open;
  }

  /** See {@linkcode LocalQueue.isWaiting}. */
  get isWaiting(): boolean {
    return this.#queue.isWaiting;
  }

  /** See {@linkcode LocalQueue.refusal}. */
  refusal(count: number): { readonly reason: unknown } | undefined {
    return this.#queue.refusal(count);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** See {@linkcode LocalQueue.stats}. */
  stats(): QueueStats {
    return this.#queue.stats();
  }

  push(task: Task): Promise<Value> {
    if (!this.#queue.hasRoom) {
      return new Promise((resolve, reject) =>
        void this.#waitFor(task, resolve, reject)
      );
    }
    const { waiters } = this.#queue.add(task);
    // The engine calls this function where it stands, and makes no closure.
    return new Promise((resolve) => void waiters.push(resolve));
  }

  pushAbortable(task: Task, signal: AbortSignal): Promise<Value> {
    if (signal.aborted) return Promise.reject(signal.reason);
    let waiting: InLine | undefined;
    const { promise, resolve, reject } = abortable<Value>(signal, () => {
      if (waiting !== undefined) this.#queue.leave(waiting);
    });
    if (this.#queue.hasRoom) this.#queue.add(task).waiters.push(resolve);
    else waiting = this.#waitFor(task, resolve, reject);
    return promise;
  }

  pushMany(
    tasks: readonly Task[],
    signal?: AbortSignal,
  ): Promise<Value[]> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (tasks.length === 0) return Promise.resolve([]);
    const refusal = this.#queue.refusal(tasks.length);
    if (refusal !== undefined) return Promise.reject(refusal.reason);
    if (signal === undefined) {
      return new Promise((resolve, reject) =>
        void this.#enterMany(
          tasks,
          new ValueGroup(tasks.length, resolve, reject),
        )
      );
    }
    let waiting: InLine[] = [];
    const { promise, resolve, reject } = abortable<Value[]>(signal, () => {
      for (const one of waiting) this.#queue.leave(one);
    });
    waiting = this.#enterMany(
      tasks,
      new ValueGroup(tasks.length, resolve, reject),
    );
    return promise;
  }

  #enterMany(tasks: readonly Task[], group: ValueGroup<Value>): InLine[] {
    const queue = this.#queue;
    let k = 0;
    let batch: LocalBatch<Task, Value, Attached> | undefined;
    let run: GroupRun<Value>;
    for (; k < tasks.length && queue.hasRoom; k++) {
      const entered = queue.add(tasks[k] as Task);
      if (entered !== batch) {
        batch = entered;
        run = new GroupRun(group, k - (batch.size - 1));
      }
      batch.waiters.push(run!);
    }
    const fail = (reason: unknown) => group.fail(reason);
    return tasks.slice(k).map((task, more) => {
      const one = (value: Value | PromiseLike<Value>) =>
        group.set(k + more, value);
      return this.#waitFor(task, one, fail);
    });
  }

  /** Takes a place when there is one. */
  #waitFor(
    task: Task,
    waiter: Waiter<Value>,
    refuse: (reason: unknown) => void,
  ): InLine {
    const one: InLine = {
      enter: () => void this.#queue.add(task).waiters.push(waiter),
      refuse,
    };
    const refusal = this.#queue.refusal(1);
    if (refusal !== undefined) refuse(refusal.reason);
    else this.#queue.wait(one);
    return one;
  }
}
