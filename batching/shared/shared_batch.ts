/**
 * A batch of a shared queue, on the worker that processes it.
 *
 * @module
 */

import { isThenable } from "../../codec/thenable.ts";
import type { BatchRegion } from "../../sync/batch/batch_region.ts";
import type { BatchCells, BatchLoan } from "../batch_cells.ts";
import type { TaskSlice } from "../task_slice.ts";
import type { Correspondent } from "./correspondent.ts";
import type { Lending } from "./lending.ts";
import { sentReason, whyNotSent } from "./sendable.ts";
import { formNamed, type TaskForm, type TaskFormName } from "./task_form.ts";

/** What a batch needs of its queue. */
export interface BatchOwner {
  /** How many tasks the batch has that still grows. */
  readonly openSize: number;
  /** What the tasks are. */
  readonly form: TaskFormName;
  /** Lends batches to other threads. */
  readonly lending: Lending;
  /** A batch grows no more: gives it its place. */
  seal(batch: SharedBatch<unknown, unknown>): void;
  /** The processor gives a batch up. */
  abandon(batch: SharedBatch<unknown, unknown>, reason: unknown): void;
  /** The places of a batch are not needed any more. */
  free(region: BatchRegion<unknown>): void;
  /** Tells a thread of its tasks. */
  tell(thread: number): Correspondent;
}

/** A batch in the ring of a shared queue. */
export class SharedBatch<Task, Value> implements BatchCells<Task, Value> {
  readonly #owner: BatchOwner;
  /** Where it lies, once it does not grow any more. */
  #region: BatchRegion<unknown> | undefined;
  isFreed: boolean = false;
  readonly timing: number;
  /** By index: 1 where a task has its answer. */
  #settled = new Uint8Array(0);
  #answers = 0;
  readonly #form: TaskForm;
  /** How often it is lent. */
  #lent = 0;

  /** @param timing See `BatchMeter`. */
  constructor(owner: BatchOwner, timing: number) {
    this.timing = timing;
    this.#owner = owner;
    this.#form = formNamed(owner.form);
  }

  /** It is these records, and grows no more. */
  place(region: BatchRegion<unknown>): void {
    this.#region = region;
    this.#settled = new Uint8Array(region.length);
  }

  get size(): number {
    return this.#region?.length ?? this.#owner.openSize;
  }

  seal(): void {
    if (this.#region === undefined) this.#owner.seal(this);
  }

  task(index: number): Task {
    return this.#form.read(this.#readable(), index) as Task;
  }

  slices(): readonly TaskSlice<Task>[] {
    const slices = this.#form.slices(this.#readable());
    return slices as readonly TaskSlice<Task>[];
  }

  toArray(): Task[] {
    return this.#form.toArray(this.#readable()) as Task[];
  }

  lend(): BatchLoan<Task> {
    const { lending } = this.#owner;
    const region = this.#readable();
    const loan = lending.lend<Task>(region);
    if (loan === undefined) return lending.copies(this.toArray());
    this.#lent++;
    const end = () => {
      loan.end();
      if (--this.#lent === 0 && this.isFreed) this.#owner.free(region);
    };
    return { ...loan, end };
  }

  resolve(index: number, value: Value | PromiseLike<Value>): boolean {
    if (!this.#settle(index, value)) return false;
    this.#freeIfDone();
    return true;
  }

  resolveAll(values: ArrayLike<Value>): void {
    // A value's own `then` is looked up, which may do anything with the batch.
    for (let k = 0; k < this.size && !this.isFreed; k++) {
      this.#settle(k, values[k] as Value);
    }
    this.#freeIfDone();
  }

  reject(index: number, reason: unknown): boolean {
    if (!this.#take(index)) return false;
    this.#refuse(index, sentReason(reason));
    this.#freeIfDone();
    return true;
  }

  fail(reason: unknown): void {
    if (this.isFreed) return;
    this.seal();
    this.#owner.abandon(this, reason);
    this.free();
  }

  /** Rejects whoever still waits. */
  refuse(reason: unknown): void {
    const sent = sentReason(reason);
    this.#takeAll((k) => this.#refuse(k, sent));
  }

  /** The tasks are done, and have no values. */
  finish(): void {
    this.#takeAll((k) => this.#tell(k).done(this.#ticket(k)));
  }

  /** The tasks have failed: those who pushed them get them back. */
  giveBack(reason: unknown): void {
    const sent = sentReason(reason);
    this.#takeAll((k) => {
      const task = this.task(k);
      this.#tell(k).failed(this.#ticket(k), sent, { task });
    });
  }

  /** Gives the places back, once. */
  free(): void {
    if (this.isFreed) return;
    this.isFreed = true;
    if (this.#lent === 0) this.#owner.free(this.#region!);
  }

  /** Adds the tickets of what a thread has pushed to those that are there. */
  addTickets(thread: number, tickets: Set<number>): void {
    const region = this.#region;
    if (region === undefined || this.isFreed) return;
    for (let k = 0; k < region.length; k++) {
      if (region.senderOf(k) === thread) tickets.add(region.ticketOf(k));
    }
  }

  #settle(index: number, value: Value | PromiseLike<Value>): boolean {
    if (!this.#take(index)) return false;
    const to = this.#tell(index);
    const ticket = this.#ticket(index);
    try {
      if (isThenable(value)) {
        // The places may be free when it is there.
        to.expect(ticket);
        Promise.resolve(value).then(
          (value) => answer(to, ticket, value),
          (error) => to.failed(ticket, sentReason(error)),
        );
      } else answer(to, ticket, value);
    } catch (error) {
      to.failed(ticket, sentReason(error)); // of looking up `then`, as a promise does
    }
    return true;
  }

  #refuse(index: number, reason: unknown): void {
    this.#tell(index).failed(this.#ticket(index), reason);
  }

  #takeAll(each: (index: number) => void): void {
    for (let k = 0; k < this.size && !this.isFreed; k++) {
      if (this.#take(k)) each(k);
    }
  }

  /** Whether a task has no answer yet; from now on it has one. */
  #take(index: number): boolean {
    if (this.isFreed || this.#settled[index] !== 0) return false;
    this.#settled[index] = 1;
    this.#answers++;
    return true;
  }

  #freeIfDone(): void {
    if (this.#answers === this.size) this.free();
  }

  #tell(index: number): Correspondent {
    return this.#owner.tell(this.#region!.senderOf(index));
  }

  #ticket(index: number): number {
    return this.#region!.ticketOf(index);
  }

  #readable(): BatchRegion<unknown> {
    if (!this.isFreed) return this.#region!;
    throw new TypeError(
      `Cannot read tasks as their batch of ${this.size} is completed`,
    );
  }
}

function answer(to: Correspondent, ticket: number, value: unknown): void {
  const why = whyNotSent(value);
  if (why === undefined) to.value(ticket, value);
  else to.failed(ticket, why);
}
