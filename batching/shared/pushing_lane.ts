/**
 * One lane of a shared queue, on a thread that pushes into it.
 *
 * @module
 */

import type { Remote } from "../../linked/remote.ts";
import { currentThread, type ThreadId } from "../../sync/thread/thread.ts";
import { WorkerLostError } from "../../workers/errors.ts";
import type { Waiter } from "../waiter.ts";
import { type Answers, readAnswers } from "./answers.ts";
import { findTerm, type Found } from "./lane_term.ts";
import { PendingTasks } from "./pending_tasks.ts";
import type { QueueHost } from "./queue_host.ts";
import type { QueueMemory } from "./queue_memory.ts";
import type { QueueLane, QueuePlan } from "./queue_plan.ts";
import type { SharedQueue } from "./shared_queue.ts";
import type { TaskRecords } from "./task_form.ts";

/** What a lane needs of its queue. */
export interface LaneOwner {
  readonly plan: QueuePlan;
  readonly memory: QueueMemory;
  /** The queue, to be sent. */
  readonly queue: SharedQueue;
  /** Tasks were answered: others may have places now, and the queue may be idle. */
  progress(): void;
  /** Tasks have failed, together; those that wait for them were told. */
  failed(reason: unknown, tasks: unknown[]): void;
  /** A processor has failed when everybody had an answer. */
  late(reason: unknown): void;
}

const RESOLVED = Promise.resolve();

/**
 * Pushes tasks, and asks for their answers: once at the end of each turn for what was
 * pushed in it, and again for what had none then.
 */
export class PushingLane<Value> {
  readonly #owner: LaneOwner;
  readonly #lane: number;
  readonly #me: ThreadId = currentThread().id;
  readonly #pending: PendingTasks<Value>;
  /** Tickets from here on were not asked for. */
  #asked: number;
  /** That in which it began to push; 0: it has not. */
  #term = 0;
  #isFlushing = false;
  #recovery: Promise<{ readonly reason: unknown } | void> | undefined;
  /** How often the lane had given places back when this thread looked last. */
  #frees = -1;
  #room: Promise<void> | undefined;
  /** What the last worker ended by. */
  #cause: unknown;
  readonly #flush: () => void = () => this.#askForNew();

  /**
   * Pushes into a lane.
   *
   * @param ticket The first one.
   */
  constructor(owner: LaneOwner, lane: number, ticket: number) {
    this.#owner = owner;
    this.#lane = lane;
    this.#pending = new PendingTasks(ticket);
    this.#asked = ticket;
  }

  /** How many of its tasks have no answer. */
  get count(): number {
    return this.#pending.count;
  }

  /** The ticket of the next task. */
  get next(): number {
    return this.#pending.next;
  }

  /** How many places there are now. */
  get room(): number {
    const { ring } = this.#owner.plan.lanes[this.#lane]!;
    return ring.capacity - ring.size;
  }

  /**
   * Pushes a task, as its form made it.
   *
   * @returns Whether there was a place.
   * @throws {TypeError} If it is none of the ring's records.
   * @throws {RangeError} If a number in it is out of range.
   */
  tryPush(record: unknown, waiter: Waiter<Value>): boolean {
    const { ring } = this.#begun();
    if (!ring.tryPush(record as never, this.#pending.next)) return false;
    this.#pending.add(waiter);
    this.#schedule();
    return true;
  }

  /**
   * Pushes as many tasks as there are places for.
   *
   * @returns How many.
   * @throws As {@linkcode tryPush}.
   */
  tryPushMany(records: TaskRecords, waiter: Waiter<Value>): number {
    const { ring } = this.#begun();
    const count = ring.pushMany(records as never, this.#pending.next);
    for (let k = 0; k < count; k++) this.#pending.add(waiter);
    if (count > 0) this.#schedule();
    return count;
  }

  /**
   * Resolves when there may be places.
   *
   * @throws Why there will be none.
   */
  whenRoom(): Promise<void> {
    return this.#room ??= this.#awaitRoom().finally(() =>
      this.#room = undefined
    );
  }

  async #awaitRoom(): Promise<void> {
    for (;;) {
      try {
        const { id } = this.#owner.plan;
        const frees = await this.#host().room(
          id,
          this.#lane,
          this.#term,
          this.#frees,
        );
        if (frees !== null) return void (this.#frees = frees);
      } catch (error) {
        if (!(error instanceof WorkerLostError)) throw error;
      }
      const failure = await this.#recover();
      if (failure !== undefined) throw failure.reason;
    }
  }

  /** Rejects all that have no answer. */
  rejectAll(reason: unknown): void {
    this.#reject(this.#open(), reason);
  }

  /** Notes who has the lane before the first task is in it: for whose loss to look. */
  #begun(): QueueLane {
    const { memory, plan } = this.#owner;
    if (this.#term === 0) this.#term = memory.termOf(this.#lane);
    return plan.lanes[this.#lane]!;
  }

  #host(): Remote<QueueHost> {
    const { family, lanes } = this.#owner.plan;
    return family.on(lanes[this.#lane]!.worker);
  }

  #schedule(): void {
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    RESOLVED.then(this.#flush);
  }

  #askForNew(): void {
    this.#isFlushing = false;
    if (this.#recovery !== undefined) return; // asks for all
    const first = this.#asked;
    const count = (this.#pending.next - first) | 0;
    this.#asked = this.#pending.next;
    this.#ask(first, count);
  }

  /** Asks for what has no answer of these. */
  #ask(first: number, count: number): void {
    const missing = this.#pending.missing(first, count);
    if (missing === 0) return this.#owner.progress();
    let answers: Promise<Answers | null>;
    try {
      answers = this.#host().ask(
        this.#owner.plan.id,
        this.#lane,
        this.#term,
        this.#me,
        first,
        count,
        missing,
      );
    } catch (error) {
      return this.#failed(error, first, count); // there is no such worker
    }
    answers.then(
      (answers) => this.#take(answers, first, count),
      (error) => this.#failed(error, first, count),
    );
  }

  #take(answers: Answers | null, first: number, count: number): void {
    if (answers === null) return void this.#recover();
    readAnswers(answers, {
      value: (ticket, value) => this.#pending.resolve(ticket, value as Value),
      done: (ticket, count) => {
        for (let k = 0; k < count; k++) {
          this.#pending.resolve((ticket + k) | 0, undefined as Value);
        }
      },
      failed: (ticket, failure) => {
        const { count, reason, tasks } = failure;
        const tickets = this.#pending.tickets(ticket, count);
        this.#reject(tickets, reason, tasks);
      },
      late: (reason) => this.#owner.late(reason),
    });
    if (this.#recovery === undefined) this.#ask(first, count);
  }

  #failed(error: unknown, first: number, count: number): void {
    if (error instanceof WorkerLostError) {
      this.#cause = error.cause;
      return void this.#recover();
    }
    this.#reject(this.#pending.tickets(first, count), error);
    this.#owner.progress();
  }

  /** Tasks have failed; those of a background queue tell nobody. */
  #reject(
    tickets: readonly number[],
    reason: unknown,
    tasks: unknown[] = [],
  ): void {
    if (tickets.length === 0) return;
    for (const ticket of tickets) this.#pending.reject(ticket, reason);
    this.#owner.failed(reason, tasks);
  }

  /**
   * The worker is another one than before: finds out which tasks will have an answer,
   * and asks for these.
   *
   * @returns Why it cannot; all tasks were rejected with that.
   */
  #recover(): Promise<{ readonly reason: unknown } | void> {
    const { plan, queue } = this.#owner;
    return this.#recovery ??= findTerm({
      host: () => this.#host(),
      queue,
      id: plan.id,
      lane: this.#lane,
      thread: this.#me,
      tickets: () => this.#open(),
    }).then(
      (found) => this.#resume(found),
      (reason) => {
        this.#recovery = undefined;
        this.rejectAll(reason);
        this.#owner.progress();
        return { reason };
      },
    );
  }

  #resume({ term, lost }: Found): void {
    this.#term = term;
    this.#frees = -1;
    const { worker } = this.#owner.plan.lanes[this.#lane]!;
    this.#recovery = undefined;
    this.#reject(
      lost,
      new WorkerLostError(worker, "it ended while it had the batch", {
        label: "task of a batch",
        started: true,
        cause: this.#cause,
      }),
    );
    const { first, next } = this.#pending;
    this.#asked = next;
    this.#ask(first, (next - first) | 0);
  }

  #open(): number[] {
    const { first, next } = this.#pending;
    return this.#pending.tickets(first, (next - first) | 0);
  }
}
