/**
 * The queue below all others on one thread: which batch grows, which one is
 * processed next, and which places are free again.
 *
 * @module
 */

import { QueueFullError } from "../workers/errors.ts";
import { BatchMeter } from "./batch_meter.ts";
import { COUNTED, LocalBatch } from "./local_batch.ts";
import type { CheckedOptions } from "./queue_options.ts";
import type { QueueStats } from "./queue_stats.ts";
import { startBy } from "./scheduled_start.ts";
import { TaskRing } from "./task_ring.ts";
import { isThenable } from "../codec/thenable.ts";
import { type InLine, WaitingLine } from "./waiting_line.ts";

/** What the owner of a queue does with its batches. */
export interface BatchHandling<Task, Value, Attached> {
  /** Processes a batch. */
  run(batch: LocalBatch<Task, Value, Attached>): unknown;
  /** The processor of a batch returned; called if it is not freed. */
  returned?(batch: LocalBatch<Task, Value, Attached>): void;
  /**
   * A batch has failed, also if everybody has an answer already; called before
   * its cells are freed, unless they are.
   */
  failed(batch: LocalBatch<Task, Value, Attached>, reason: unknown): void;
  /** Somebody who waited for this task was rejected as its batch has failed. */
  forget?(task: Task): void;
  /** The queue is closed; called for each batch that is not freed. */
  closed?(batch: LocalBatch<Task, Value, Attached>, reason: unknown): void;
  /** The batch to which this was attached gets its first answer, or is over. */
  released?(attached: Attached): void;
}

/** A queue of tasks and of the batches that they form. */
export class LocalQueue<Task, Value, Attached = never> {
  readonly ring: TaskRing<Task>;
  readonly #options: CheckedOptions;
  readonly #handling: BatchHandling<Task, Value, Attached>;
  readonly #line = new WaitingLine();
  readonly #meter: BatchMeter;
  /** How many tasks may be in the ring: none once the queue is closed. */
  #capacity: number;
  readonly #maxBatch: number;
  #closed: { readonly reason: unknown } | undefined;
  /** The batch that grows. */
  #open: LocalBatch<Task, Value, Attached> | undefined;
  /** The oldest batch whose cells are not free, and the newest one. */
  #first: LocalBatch<Task, Value, Attached> | undefined;
  #last: LocalBatch<Task, Value, Attached> | undefined;
  /** The oldest batch that nobody processes yet, and how many there are. */
  #unstarted: LocalBatch<Task, Value, Attached> | undefined;
  #waiting = 0;
  /** How many calls of `#start` are on their way, and how many processors run. */
  #scheduled = 0;
  #running = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  readonly #start: () => void = () => this.#startOne();

  /** @param position The position of the first task. */
  constructor(
    options: CheckedOptions,
    handling: BatchHandling<Task, Value, Attached>,
    position: number = 0,
  ) {
    this.#options = options;
    this.#handling = handling;
    this.#capacity = options.capacity;
    this.#maxBatch = options.maxBatch;
    this.#meter = new BatchMeter(Math.min(options.maxBatch, options.capacity));
    this.ring = new TaskRing(position);
    const { signal } = options;
    if (signal?.aborted) this.#close(signal.reason);
    signal?.addEventListener("abort", () => this.#close(signal.reason), {
      once: true,
    });
  }

  /** Whether a task can be put into the ring now. */
  get hasRoom(): boolean {
    return this.ring.used < this.#capacity;
  }

  /** The batch that grows; opens one if there is none. The queue is not closed. */
  get open(): LocalBatch<Task, Value, Attached> {
    return this.#open ?? this.#openBatch();
  }

  /** Whether the batch that grows, or is opened next, waits for processors to be done. */
  get isWaiting(): boolean {
    return this.#open === undefined
      ? this.#running + this.#scheduled >= this.#options.concurrency
      : this.#waiting > this.#scheduled;
  }

  /** Why so many more tasks are not taken, be it to wait in line. */
  refusal(count: number): { readonly reason: unknown } | undefined {
    const { capacity, overflow } = this.#options;
    if (this.#closed !== undefined || overflow === "wait") return this.#closed;
    return this.ring.used + count <= capacity
      ? undefined
      : { reason: new QueueFullError("batched task", capacity) };
  }

  /** Puts a task into the ring, which has room. */
  add(task: Task): LocalBatch<Task, Value, Attached> {
    const batch = this.#open ?? this.#openBatch();
    this.ring.push(task);
    if (++batch.size === this.#maxBatch) this.#open = undefined;
    return batch;
  }

  /** Waits for room. */
  wait(one: InLine): void {
    this.#line.join(one);
  }

  /** Waits no longer. */
  leave(one: InLine): void {
    this.#line.leave(one);
  }

  /** A batch grows no more. */
  seal(batch: LocalBatch<Task, Value, Attached>): void {
    if (this.#open === batch) this.#open = undefined;
    const { size, ticket } = batch;
    if (ticket === COUNTED) return;
    batch.ticket = COUNTED;
    if (size > 0) this.#meter.bounded(ticket, size);
    else this.#meter.abandoned(ticket);
  }

  /** What it did so far, and how it is at the moment. */
  stats(): QueueStats {
    return Object.freeze({
      batches: this.#meter.stats(),
      held: this.ring.used,
      capacity: this.#options.capacity,
      inLine: this.#line.length,
      running: this.#running,
    });
  }

  /** Somebody learned that his batch has failed. */
  forget(task: Task): void {
    try {
      this.#handling.forget?.(task);
    } catch (error) {
      // The others must learn it, too.
      void Promise.reject(error);
    }
  }

  /** What is attached to a batch shares its end. */
  release(batch: LocalBatch<Task, Value, Attached>): void {
    const { attached } = batch;
    if (attached === undefined) return;
    batch.attached = undefined;
    this.#handling.released?.(attached);
  }

  /** The cells of a batch are not needed any more. */
  free(batch: LocalBatch<Task, Value, Attached>): void {
    this.ring.clear(batch.start, batch.size);
    let first = this.#first;
    while (first !== undefined && first.isFreed) {
      const { next } = first;
      // Whoever keeps a batch does not keep those after it.
      first.next = undefined;
      this.ring.release(first.size);
      first = next;
    }
    this.#first = first;
    if (first === undefined) this.#last = undefined;
    while (!this.#line.isEmpty && this.hasRoom) this.#line.shift()!.enter();
    this.release(batch);
  }

  /** Resolves when nothing waits and nothing is processed. */
  idle(): Promise<void> {
    if (this.#isIdle) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  get #isIdle(): boolean {
    return this.#running === 0 && this.#unstarted === undefined;
  }

  #openBatch(): LocalBatch<Task, Value, Attached> {
    const batch = new LocalBatch<Task, Value, Attached>(
      this,
      this.ring.tail,
      this.#meter.opened(),
    );
    if (this.#last === undefined) this.#first = batch;
    else this.#last.next = batch;
    this.#last = this.#open = batch;
    this.#unstarted ??= batch;
    this.#waiting++;
    this.#schedule();
    return batch;
  }

  #schedule(): void {
    if (this.#running + this.#scheduled >= this.#options.concurrency) return;
    this.#scheduled++;
    const { schedule } = this.#options;
    if (schedule === undefined) queueMicrotask(this.#start);
    else startBy(schedule, this.#start);
  }

  #startOne(): void {
    const batch = this.#unstarted;
    if (batch === undefined) return; // the queue was closed
    this.#scheduled--;
    this.#waiting--;
    this.#running++;
    this.#unstarted = batch.next;
    // Opened for what is attached to it only.
    if (batch.size === 0) return this.#finish(batch);
    let settled: Promise<unknown> | undefined;
    try {
      const result = this.#handling.run(batch);
      if (isThenable(result)) settled = Promise.resolve(result);
    } catch (error) {
      return this.#fail(batch, error);
    }
    if (settled === undefined) return this.#finish(batch);
    settled.then(
      () => this.#finish(batch),
      (error) => this.#fail(batch, error),
    );
  }

  #finish(batch: LocalBatch<Task, Value, Attached>): void {
    if (!batch.isFreed) {
      if (batch.size > 0 && this.#closed === undefined) {
        this.#handling.returned?.(batch);
      }
      this.#end(batch);
    }
    this.#next();
  }

  #fail(batch: LocalBatch<Task, Value, Attached>, reason: unknown): void {
    // Whoever closed the queue knows why its processors fail.
    if (this.#closed === undefined) this.#handling.failed(batch, reason);
    this.#end(batch);
    this.#next();
  }

  #end(batch: LocalBatch<Task, Value, Attached>): void {
    this.seal(batch);
    batch.free();
  }

  #next(): void {
    this.#running--;
    if (this.#waiting > this.#scheduled) this.#schedule();
    else if (this.#isIdle) this.#becomeIdle();
  }

  #becomeIdle(): void {
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #close(reason: unknown): void {
    this.#closed = { reason };
    this.#capacity = 0;
    const unstarted = this.#unstarted;
    this.#open = this.#unstarted = undefined;
    this.#waiting = this.#scheduled = 0;
    for (let one = this.#line.shift(); one; one = this.#line.shift()) {
      one.refuse(reason);
    }
    let isStarted = true;
    let batch = this.#first;
    while (batch !== undefined) {
      const { next } = batch;
      if (batch === unstarted) isStarted = false;
      if (!batch.isFreed) {
        this.#handling.closed?.(batch, reason);
        batch.abandon(reason);
        // A processor may be reading the tasks of the others.
        if (!isStarted) {
          this.#meter.abandoned(batch.ticket);
          batch.free();
        }
      }
      batch = next;
    }
    if (this.#isIdle) this.#becomeIdle();
  }
}
