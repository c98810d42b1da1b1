/**
 * One lane of a shared queue, on the worker that processes it.
 *
 * @module
 */

import { isThenable } from "../../codec/thenable.ts";
import type { BatchConsumer } from "../../sync/batch/batch_consumer.ts";
import type { BatchRegion } from "../../sync/batch/batch_region.ts";
import type { RuntimeFace } from "../../workers/runtime/runtime_face.ts";
import { currentThread, SLICE } from "../../sync/thread/thread.ts";
import { RuntimeClosedError } from "../../workers/errors.ts";
import type { AnswerList, Answers } from "./answers.ts";
import { Correspondent } from "./correspondent.ts";
import type { Loan } from "./loans.ts";
import type { QueueMemory, QueueMemoryHandle } from "./queue_memory.ts";
import type { QueuePlan } from "./queue_plan.ts";
import { sentReason } from "./sendable.ts";
import { type BatchOwner, SharedBatch } from "./shared_batch.ts";
import type { TaskFormName } from "./task_form.ts";

/** What is done with batches: it differs with what those get who pushed the tasks. */
export interface BatchHandling {
  /** Processes a batch. */
  run(batch: SharedBatch<unknown, unknown>): unknown;
  /** The processor of a batch returned; called if it is not freed. */
  returned(batch: SharedBatch<unknown, unknown>): void;
  /** The processor of a batch failed; called if it is not freed. */
  failed(batch: SharedBatch<unknown, unknown>, reason: unknown): void;
  /** The processor gave up a batch, which is not freed. */
  abandoned(batch: SharedBatch<unknown, unknown>, reason: unknown): void;
}

/** How a lane is processed. */
export interface HostedOptions {
  readonly plan: QueuePlan;
  readonly memory: QueueMemory;
  readonly lane: number;
  readonly handling: BatchHandling;
  /** That of this worker. */
  readonly runtime: RuntimeFace | undefined;
}

const RESOLVED = Promise.resolve();

/** The batches of a lane, and those who wait for them. */
export class HostedQueue implements BatchOwner {
  readonly term: number;
  readonly form: TaskFormName;
  readonly #consumer: BatchConsumer<unknown>;
  readonly #options: HostedOptions;
  readonly #correspondents = new Map<number, Correspondent>();
  readonly #addLate = (answers: AnswerList) => {
    for (const reason of this.#late.splice(0)) answers.late(reason);
  };
  /** What processors threw when everybody had an answer, and nobody was told yet. */
  readonly #late: unknown[] = [];
  /** The batch that grows: the last of those that nobody processes yet, or a running one. */
  #open: SharedBatch<unknown, unknown> | undefined;
  readonly #unstarted: SharedBatch<unknown, unknown>[] = [];
  /** Batches that are not freed. */
  readonly #held = new Set<SharedBatch<unknown, unknown>>();
  #scheduled = 0;
  #running = 0;
  /** How often places were given back. */
  #frees = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #forRoom: (() => void)[] = [];
  /** Resolved when nothing is processed any more; tasks get this reason then. */
  #closing: PromiseWithResolvers<void> | undefined;
  #reason: unknown;
  #closed: { readonly reason: unknown } | undefined;
  readonly #start: () => void = () => this.#startOne();

  /**
   * Takes a lane, of which the last worker may have been lost: what that had bounded
   * and not completed is not processed again.
   *
   * @throws {TypeError} If another thread has it.
   */
  constructor(options: HostedOptions) {
    this.#options = options;
    const { plan, memory, lane } = options;
    this.form = plan.form;
    this.#consumer = plan.lanes[lane]!.ring.consumer() as BatchConsumer<
      unknown
    >;
    this.term = memory.begin(lane);
    this.#freeLost(this.#consumer.unfinished);
  }

  get openSize(): number {
    return Math.min(this.#consumer.openSize, this.#options.plan.maxBatch);
  }

  /** Asks for answers: see {@linkcode Correspondent.ask}. */
  ask(
    thread: number,
    first: number,
    count: number,
    missing: number,
  ): Answers | Promise<Answers> {
    this.#look();
    return this.tell(thread).ask(first, count, missing);
  }

  /**
   * Which of a thread's tasks will have an answer: those that wait in the ring, or
   * have one. The others were lost with a former worker.
   */
  kept(thread: number, tickets: Int32Array): Int32Array {
    // Only batches that do not grow can be read.
    this.#placeAll();
    const there = new Set<number>();
    for (const batch of this.#held) batch.addTickets(thread, there);
    const to = this.tell(thread);
    return tickets.filter((ticket) =>
      there.has(ticket) || to.has(ticket) || this.#closed !== undefined
    );
  }

  /**
   * Waits until places were given back, or never will be.
   *
   * @param frees How often they were when somebody found no place.
   * @returns How often they were.
   */
  async room(frees: number): Promise<number> {
    this.#look();
    if (this.#isOpen && this.#frees === frees) {
      await new Promise<void>((resolve) => this.#forRoom.push(resolve));
    }
    return this.#frees;
  }

  /**
   * Takes no more tasks.
   *
   * @param reason What those get that are not taken.
   * @param isNow Whether it is also the answer to all that have none yet.
   * @returns What nobody was told yet, when nothing is processed any more; at once if `isNow`.
   */
  async close(reason: unknown, isNow: boolean): Promise<unknown[]> {
    if (this.#closed === undefined) {
      if (isNow) this.#end(reason);
      else await this.#drain(reason);
    }
    return this.#late.splice(0);
  }

  #drain(reason: unknown): Promise<void> {
    if (this.#closing !== undefined) return this.#closing.promise;
    this.#placeAll();
    this.#schedule();
    this.#closing = Promise.withResolvers();
    const { promise } = this.#closing;
    this.#reason = reason;
    this.#endIfDone();
    return promise;
  }

  /** Gives up the lane. What was not told to anybody is thrown. */
  [Symbol.dispose](): void {
    if (this.#closed === undefined) {
      this.#end(new RuntimeClosedError("push task"));
    }
    for (const batch of this.#held) batch.isFreed = true;
    clearTimeout(this.#timer);
    this.#consumer.release();
    const [first, ...more] = this.#late.splice(0);
    if (more.length > 0) throw new AggregateError([first, ...more]);
    if (first !== undefined) throw first;
  }

  tell(thread: number): Correspondent {
    let to = this.#correspondents.get(thread);
    if (to === undefined) {
      this.#forgetLost();
      to = new Correspondent(this.#addLate);
      if (this.#closed !== undefined) to.close(this.#closed.reason);
      this.#correspondents.set(thread, to);
    }
    return to;
  }

  seal(batch: SharedBatch<unknown, unknown>): void {
    if (this.#open !== batch) return;
    this.#place(batch);
    this.#look();
  }

  abandon(batch: SharedBatch<unknown, unknown>, reason: unknown): void {
    this.#options.handling.abandoned(batch, reason);
  }

  lend(region: BatchRegion<unknown>): Loan | undefined {
    const { memory, lane } = this.#options;
    return memory.loans.lend(currentThread().id, lane, region.start);
  }

  takeBack(loan: Loan): void {
    this.#options.memory.loans.takeBack(loan);
  }

  get memory(): QueueMemoryHandle {
    return this.#options.plan.memory;
  }

  get runtime(): RuntimeFace | undefined {
    return this.#options.runtime;
  }

  free(region: BatchRegion<unknown>): void {
    region.free();
    this.#frees++;
    for (const tell of this.#forRoom.splice(0)) tell();
  }

  /** Whether it takes tasks. */
  get #isOpen(): boolean {
    return this.#closed === undefined && this.#closing === undefined;
  }

  /** Opens a batch for what was pushed, as soon as a processor may run. */
  #look(): void {
    const { maxBatch, concurrency } = this.#options.plan;
    while (this.#isOpen && this.#consumer.openSize > 0) {
      if (this.#open === undefined) {
        // Until then it can still go to another worker, should this one be lost.
        if (this.#running + this.#unstarted.length >= concurrency) break;
        this.#openBatch();
      }
      if (this.#consumer.openSize < maxBatch) break;
      this.#place(this.#open!);
    }
    this.#schedule();
  }

  /** Bounds all that was pushed, whether or not a processor may run. */
  #placeAll(): void {
    while (this.#consumer.openSize > 0) {
      this.#place(this.#open ?? this.#openBatch());
    }
  }

  #place(batch: SharedBatch<unknown, unknown>): void {
    this.#open = undefined;
    batch.place(this.#consumer.bound(this.#options.plan.maxBatch)!);
  }

  #openBatch(): SharedBatch<unknown, unknown> {
    const batch = new SharedBatch(this);
    this.#open = batch;
    this.#held.add(batch);
    this.#unstarted.push(batch);
    return batch;
  }

  /** Frees what a former worker had bounded, when nobody reads it any more. */
  #freeLost(regions: readonly BatchRegion<unknown>[]): void {
    const { memory, lane } = this.#options;
    const read = regions.length === 0 ? undefined : memory.loans.recover(lane);
    const kept = regions.filter((region) => {
      if (read!.has(region.start | 0)) return true;
      this.free(region);
      return false;
    });
    if (kept.length === 0) return;
    this.#timer = setTimeout(() => this.#freeLost(kept), SLICE);
  }

  /** Nobody asks any more for what threads were to be told that have ended. */
  #forgetLost(): void {
    const { threads } = currentThread();
    for (const thread of this.#correspondents.keys()) {
      if (!threads.isLive(thread)) this.#correspondents.delete(thread);
    }
  }

  #schedule(): void {
    while (
      this.#scheduled < this.#unstarted.length &&
      this.#running + this.#scheduled < this.#options.plan.concurrency
    ) {
      this.#scheduled++;
      RESOLVED.then(this.#start);
    }
  }

  #startOne(): void {
    this.#scheduled--;
    const batch = this.#unstarted.shift();
    if (batch === undefined) return; // the queue was closed
    this.#running++;
    let settled: Promise<unknown> | undefined;
    try {
      const result = this.#options.handling.run(batch);
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

  #finish(batch: SharedBatch<unknown, unknown>): void {
    if (!batch.isFreed) {
      batch.seal();
      this.#options.handling.returned(batch);
    }
    this.#next(batch);
  }

  #fail(batch: SharedBatch<unknown, unknown>, reason: unknown): void {
    if (!batch.isFreed) {
      batch.seal();
      this.#options.handling.failed(batch, reason);
    } else if (this.#closed === undefined) this.#late.push(sentReason(reason));
    this.#next(batch);
  }

  #next(batch: SharedBatch<unknown, unknown>): void {
    batch.free();
    this.#held.delete(batch);
    this.#running--;
    this.#look();
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (this.#closing === undefined || this.#running > 0) return;
    if (this.#unstarted.length === 0) this.#end(this.#reason);
  }

  #end(reason: unknown): void {
    this.#closed = { reason };
    // Its processor may run.
    if (this.#open !== undefined) this.#place(this.#open);
    for (const batch of this.#unstarted.splice(0)) this.#held.delete(batch);
    for (const to of this.#correspondents.values()) to.close(reason);
    for (const tell of this.#forRoom.splice(0)) tell();
    this.#closing?.resolve();
  }
}
