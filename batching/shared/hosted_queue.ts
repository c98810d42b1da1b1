/**
 * One lane of a shared queue, on the worker that processes it: which batch grows, and
 * which processors run.
 *
 * @module
 */

import { isThenable } from "../../codec/thenable.ts";
import type { BatchConsumer } from "../../sync/batch/batch_consumer.ts";
import type { BatchRegion } from "../../sync/batch/batch_region.ts";
import type { ThreadId } from "../../sync/thread/thread.ts";
import { RuntimeClosedError } from "../../workers/errors.ts";
import type { RuntimeFace } from "../../workers/runtime/runtime_face.ts";
import { BatchMeter } from "../batch_meter.ts";
import type { Answers } from "./answers.ts";
import type { BatchHandling } from "./batch_handling.ts";
import type { Correspondent } from "./correspondent.ts";
import { Correspondents } from "./correspondents.ts";
import { Lending } from "./lending.ts";
import type { QueueMemory } from "./queue_memory.ts";
import type { QueuePlan } from "./queue_plan.ts";
import { type BatchOwner, SharedBatch } from "./shared_batch.ts";
import type { TaskFormName } from "./task_form.ts";

/** A lane, and how it is processed. */
export interface HostedOptions {
  readonly plan: QueuePlan;
  readonly memory: QueueMemory;
  readonly lane: number;
  readonly handling: BatchHandling;
  /** That of this worker. */
  readonly runtime: RuntimeFace | undefined;
}

type Batch = SharedBatch<unknown, unknown>;

const RESOLVED = Promise.resolve();

/** The batches of a lane, and those who wait for them. */
export class HostedQueue implements BatchOwner, Disposable {
  readonly term: number;
  readonly form: TaskFormName;
  readonly lending: Lending;
  readonly #plan: QueuePlan;
  readonly #handling: BatchHandling;
  readonly #consumer: BatchConsumer<unknown>;
  readonly #meter: BatchMeter;
  readonly #correspondents = new Correspondents();
  /** The batch that grows: the last of those that nobody processes yet, or a running one. */
  #open: Batch | undefined;
  readonly #unstarted: Batch[] = [];
  /** Batches that nobody processes yet, and those whose processors run. */
  readonly #held = new Set<Batch>();
  #scheduled = 0;
  #running = 0;
  /** How often places were given back. */
  #frees = 0;
  readonly #forRoom: (() => void)[] = [];
  /** Resolved when nothing is processed any more; tasks get this reason then. */
  #closing: PromiseWithResolvers<void> | undefined;
  #reason: unknown;
  #isClosed = false;
  readonly #start: () => void = () => this.#startOne();

  /**
   * Takes a lane, of which the last worker may have been lost: what that had bounded
   * and not completed is not processed again.
   *
   * @throws {TypeError} If another thread has it.
   */
  constructor({ plan, memory, lane, handling, runtime }: HostedOptions) {
    const { form, maxBatch, lanes } = plan;
    const { ring } = lanes[lane]!;
    this.#plan = plan;
    this.#handling = handling;
    this.form = form;
    this.lending = new Lending({ memory, lane, form, runtime });
    this.#meter = new BatchMeter(Math.min(maxBatch, ring.capacity));
    this.#consumer = ring.consumer() as BatchConsumer<unknown>;
    this.term = memory.begin(lane);
    this.lending.freeLost(
      this.#consumer.unfinished,
      (region) => this.free(region),
    );
  }

  get openSize(): number {
    return Math.min(this.#consumer.openSize, this.#plan.maxBatch);
  }

  /** Asks for answers: see {@linkcode Correspondent.ask}. */
  ask(
    thread: ThreadId,
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
  kept(thread: ThreadId, tickets: Int32Array): Int32Array {
    // Only batches that do not grow can be read.
    this.#placeAll();
    this.#schedule();
    const there = new Set<number>();
    for (const batch of this.#held) batch.addTickets(thread, there);
    const to = this.tell(thread);
    return tickets.filter((ticket) => there.has(ticket) || to.has(ticket));
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
    if (isNow) this.#end(reason);
    else if (!this.#isClosed) await this.#drain(reason);
    return this.#correspondents.takeLate();
  }

  /** Gives up the lane. What was not told to anybody is thrown. */
  [Symbol.dispose](): void {
    this.#end(new RuntimeClosedError("push task"));
    for (const batch of this.#held) batch.isFreed = true;
    this.lending[Symbol.dispose]();
    this.#consumer.release();
    const [first, ...more] = this.#correspondents.takeLate();
    if (more.length > 0) throw new AggregateError([first, ...more]);
    if (first !== undefined) throw first;
  }

  tell(thread: ThreadId): Correspondent {
    return this.#correspondents.of(thread);
  }

  seal(batch: Batch): void {
    if (this.#open !== batch) return;
    this.#place(batch);
    this.#look();
  }

  abandon(batch: Batch, reason: unknown): void {
    this.#handling.abandoned(batch, reason);
  }

  free(region: BatchRegion<unknown>): void {
    region.free();
    this.#frees++;
    for (const tell of this.#forRoom.splice(0)) tell();
  }

  /** Whether it takes tasks. */
  get #isOpen(): boolean {
    return !this.#isClosed && this.#closing === undefined;
  }

  /** Opens a batch for what was pushed, as soon as a processor may run. */
  #look(): void {
    const { maxBatch, concurrency } = this.#plan;
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

  #openBatch(): Batch {
    const batch: Batch = new SharedBatch(this, this.#meter.opened());
    this.#open = batch;
    this.#held.add(batch);
    this.#unstarted.push(batch);
    return batch;
  }

  /** A batch is bounded. */
  #place(batch: Batch): void {
    this.#open = undefined;
    const region = this.#consumer.bound(this.#plan.maxBatch)!;
    this.#meter.bounded(batch.timing, region.length);
    batch.place(region);
  }

  /** Bounds all that was pushed, whether or not a processor may run. */
  #placeAll(): void {
    while (this.#consumer.openSize > 0) {
      this.#place(this.#open ?? this.#openBatch());
    }
  }

  #schedule(): void {
    while (
      this.#scheduled < this.#unstarted.length &&
      this.#running + this.#scheduled < this.#plan.concurrency
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

  #finish(batch: Batch): void {
    if (!batch.isFreed) {
      batch.seal();
      this.#handling.returned(batch);
    }
    this.#next(batch);
  }

  #fail(batch: Batch, reason: unknown): void {
    if (!batch.isFreed) {
      batch.seal();
      this.#handling.failed(batch, reason);
    } else if (!this.#isClosed) this.#correspondents.late(reason);
    this.#next(batch);
  }

  #next(batch: Batch): void {
    batch.free();
    this.#held.delete(batch);
    this.#running--;
    this.#look();
    this.#endIfDone();
  }

  #drain(reason: unknown): Promise<void> {
    if (this.#closing === undefined) {
      this.#placeAll();
      this.#schedule();
      this.#closing = Promise.withResolvers();
      this.#reason = reason;
      this.#endIfDone();
    }
    return this.#closing.promise;
  }

  #endIfDone(): void {
    if (this.#closing === undefined || this.#running > 0) return;
    if (this.#unstarted.length === 0) this.#end(this.#reason);
  }

  #end(reason: unknown): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Its processor may run.
    if (this.#open !== undefined) this.#place(this.#open);
    for (const batch of this.#unstarted.splice(0)) this.#held.delete(batch);
    this.#correspondents.close(reason);
    for (const tell of this.#forRoom.splice(0)) tell();
    this.#closing?.resolve();
  }
}
