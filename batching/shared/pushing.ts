/**
 * A shared queue on one thread that pushes into it.
 *
 * @module
 */

import {
  QueueFullError,
  RuntimeClosedError,
  WorkerLostError,
} from "../../workers/errors.ts";
import { workerIndex } from "../../workers/runtime/inside.ts";
import type { Waiter } from "../waiter.ts";
import { type InLine, WaitingLine } from "../waiting_line.ts";
import { type LaneOwner, PushingLane } from "./pushing_lane.ts";
import { QueueMemory } from "./queue_memory.ts";
import { queueClosed, type QueuePlan } from "./queue_plan.ts";
import type { SharedQueue } from "./shared_queue.ts";
import { formNamed, type TaskForm, type TaskRecords } from "./task_form.ts";

/** Is told of tasks that have failed, if nobody waits for them. */
export type FailureHandler = (error: unknown, tasks: unknown[]) => void;

/** Makes who waits for a task, by its index and its ticket. */
export type WaiterOf<Value> = (index: number, ticket: number) => Waiter<Value>;

type Refuse = (reason: unknown) => void;

const RESOLVED = Promise.resolve();

/** What a thread has of a queue: the same, however often the queue came here. */
export class Pushing<Value = unknown> implements LaneOwner {
  readonly plan: QueuePlan;
  /** What is sent of it. */
  queue!: SharedQueue;
  /** Who waits for nothing learns of failures. */
  onFailure: FailureHandler | undefined;
  readonly memory: QueueMemory;
  /** What the tasks are. */
  readonly form: TaskForm;
  readonly #lanes: readonly PushingLane<Value>[];
  /** The lane of this thread's own worker, or -1. */
  readonly #own: number;
  /** Else the one for what is pushed in this turn, or -1. */
  #chosen = -1;
  readonly #line = new WaitingLine();
  #isPumping = false;
  #idle: PromiseWithResolvers<void> | undefined;
  /** Why the queue was closed, if this thread did it. */
  #closed: { readonly reason: unknown } | undefined;

  /** @param ticket The first one, of each lane. */
  constructor(plan: QueuePlan, ticket: number = 0) {
    this.plan = plan;
    this.form = formNamed(plan.form);
    this.memory = QueueMemory.from(plan.memory);
    this.#lanes = plan.lanes.map((_, lane) =>
      new PushingLane(this, lane, ticket)
    );
    const here = workerIndex();
    this.#own = plan.lanes.findIndex(({ worker }) => worker === here);
  }

  /** Why so many more tasks are not taken, be it to wait in line. */
  refusal(count: number): { readonly reason: unknown } | undefined {
    if (this.memory.isClosed) return this.#closed ?? { reason: queueClosed() };
    if (this.plan.overflow === "wait") return undefined;
    let room = 0;
    for (const lane of this.#lanes) room += lane.room;
    return room < count ? this.#full() : undefined;
  }

  /**
   * Pushes a task, or lets it wait for a place.
   *
   * @returns What waits.
   * @throws {TypeError} If it is none of the queue's tasks.
   * @throws {RangeError} If a number in it is out of range.
   */
  push(
    task: unknown,
    waiter: Waiter<Value>,
    refuse: Refuse,
  ): InLine | undefined {
    const refusal = this.refusal(1);
    if (refusal !== undefined) return void refuse(refusal.reason);
    // Who waits was here first.
    const record = this.form.record(task);
    if (this.#line.isEmpty && this.#tryPush(record, waiter)) return undefined;
    if (this.plan.overflow === "reject") {
      return void refuse(this.#full().reason); // others were faster
    }
    const kept = this.form.keep(record);
    return this.#wait({ enter: () => this.#tryPush(kept, waiter), refuse });
  }

  /** The same for several tasks, of which some may wait, or be refused if others are faster. */
  pushMany(
    records: TaskRecords,
    waiterOf: WaiterOf<Value>,
    refuse: Refuse,
  ): InLine[] {
    const { length } = records;
    const refusal = this.refusal(length);
    if (refusal !== undefined) {
      refuse(refusal.reason);
      return [];
    }
    let done = 0;
    for (let k = 0; k < this.#lanes.length && this.#line.isEmpty; k++) {
      const lane = this.#laneAfter(k);
      const waiter = waiterOf(done, lane.next);
      done += lane.tryPushMany(recordsFrom(records, done), waiter);
      if (done === length) return [];
    }
    if (this.plan.overflow === "reject") {
      refuse(this.#full().reason);
      return [];
    }
    return Array.from({ length: length - done }, (_, more) => {
      const index = done + more;
      const enter = () => this.#tryPushOf(records[index], index, waiterOf);
      return this.#wait({ enter, refuse });
    });
  }

  /** Waits for a place no longer. */
  leave(one: InLine): void {
    this.#line.leave(one);
    this.progress();
  }

  /** Resolves when each task of this thread has its answer. */
  idle(): Promise<void> {
    if (this.#isIdle) return RESOLVED;
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /**
   * Takes no more tasks, on any thread.
   *
   * @param isNow Whether those that have no answer get the reason, too.
   * @returns Resolves when all of them have one.
   */
  async close(reason: unknown, isNow: boolean): Promise<void> {
    const { family, id, lanes } = this.plan;
    if (this.memory.close()) this.#closed = { reason };
    this.#refuseLine(reason);
    if (isNow) { for (const lane of this.#lanes) lane.rejectAll(reason); }
    const late = await Promise.all(
      lanes.map(({ worker }, lane) =>
        worker < family.size
          ? family.on(worker).close(id, lane, reason, isNow).catch(
            nothingIfGone,
          )
          : []
      ),
    );
    for (const reason of late.flat()) this.late(reason);
    this.progress();
  }

  progress(): void {
    if (!this.#line.isEmpty) this.#enter();
    if (!this.#isIdle) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  failed(reason: unknown, tasks: unknown[]): void {
    if (this.plan.kind === "background") this.late(reason, tasks);
  }

  late(reason: unknown, tasks: unknown[] = []): void {
    const { onFailure } = this;
    if (onFailure === undefined) return void Promise.reject(reason);
    try {
      onFailure(reason, tasks);
    } catch (error) {
      void Promise.reject(error);
    }
  }

  get #isIdle(): boolean {
    return this.#line.isEmpty && this.#lanes.every(({ count }) => count === 0);
  }

  #full(): { readonly reason: unknown } {
    const { capacity } = this.plan.lanes[0]!.ring;
    return { reason: new QueueFullError("batched task", capacity) };
  }

  #tryPush(record: unknown, waiter: Waiter<Value>): boolean {
    for (let k = 0; k < this.#lanes.length; k++) {
      if (this.#laneAfter(k).tryPush(record, waiter)) return true;
    }
    return false;
  }

  #tryPushOf(
    record: unknown,
    index: number,
    waiterOf: WaiterOf<Value>,
  ): boolean {
    for (let k = 0; k < this.#lanes.length; k++) {
      const lane = this.#laneAfter(k);
      if (lane.tryPush(record, waiterOf(index, lane.next))) return true;
    }
    return false;
  }

  /** The lane to be tried after so many others. */
  #laneAfter(tried: number): PushingLane<Value> {
    const lanes = this.#lanes;
    if (lanes.length === 1) return lanes[0]!;
    const first = this.#own >= 0 ? this.#own : this.#choose();
    return lanes[(first + tried) % lanes.length]!;
  }

  /** What is pushed in one turn goes to one lane, as long as it has room: the emptiest. */
  #choose(): number {
    if (this.#chosen >= 0) return this.#chosen;
    let most = -1;
    for (const [lane, { room }] of this.#lanes.entries()) {
      if (room > most) [most, this.#chosen] = [room, lane];
    }
    RESOLVED.then(() => this.#chosen = -1);
    return this.#chosen;
  }

  #wait(one: InLine): InLine {
    this.#line.join(one);
    if (!this.#isPumping) this.#pump();
    return one;
  }

  /** Lets those enter that wait, as there are places. */
  #enter(): void {
    for (let one = this.#line.first; one; one = this.#line.first) {
      if (this.memory.isClosed) return this.#refuseLine(queueClosed());
      if (one.enter() === false) return;
      this.#line.leave(one);
    }
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      while (!this.#line.isEmpty) {
        await Promise.race(this.#lanes.map((lane) => lane.whenRoom()));
        this.#enter();
      }
    } catch (reason) {
      this.#refuseLine(reason);
    }
    this.#isPumping = false;
    this.progress();
  }

  #refuseLine(reason: unknown): void {
    const { reason: given } = this.#closed ?? { reason };
    for (let one = this.#line.shift(); one; one = this.#line.shift()) {
      one.refuse(given);
    }
  }
}

/** Those from an index on. */
function recordsFrom(records: TaskRecords, from: number): TaskRecords {
  if (from === 0) return records;
  return "subarray" in records ? records.subarray(from) : records.slice(from);
}

/** A worker that has ended processes nothing, and its tasks have been rejected. */
function nothingIfGone(error: unknown): unknown[] {
  if (error instanceof WorkerLostError) return [];
  if (error instanceof RuntimeClosedError) return [];
  throw error;
}
