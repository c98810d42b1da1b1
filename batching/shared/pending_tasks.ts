/**
 * The tasks of one thread in one lane that have no answer yet.
 *
 * @module
 */

import { TaskRing } from "../task_ring.ts";
import { reject, type Waiter } from "../waiter.ts";

/** Who waits for which ticket. A ticket counts the tasks of the thread in the lane. */
export class PendingTasks<Value> {
  readonly #ring: TaskRing<Waiter<Value>>;
  #count = 0;

  /** @param next The first ticket. */
  constructor(next: number) {
    this.#ring = new TaskRing(next);
  }

  /** The next ticket. */
  get next(): number {
    return this.#ring.tail;
  }

  /** How many have no answer. */
  get count(): number {
    return this.#count;
  }

  /** The oldest ticket that may have no answer. */
  get first(): number {
    return (this.#ring.tail - this.#ring.used) | 0;
  }

  /** Somebody waits for the next ticket. */
  add(waiter: Waiter<Value>): void {
    this.#ring.push(waiter);
    this.#count++;
  }

  /** The tickets from one on, so many of them, that have no answer. */
  tickets(first: number, count: number): number[] {
    const tickets: number[] = [];
    for (let k = 0; k < count; k++) {
      const ticket = (first + k) | 0;
      if (this.#waiterOf(ticket) !== undefined) tickets.push(ticket);
    }
    return tickets;
  }

  /** How many these are. */
  missing(first: number, count: number): number {
    if (this.#count === 0) return 0;
    let missing = 0;
    for (let k = 0; k < count; k++) {
      if (this.#waiterOf((first + k) | 0) !== undefined) missing++;
    }
    return missing;
  }

  /** A task has its value, unless it has an answer already. */
  resolve(ticket: number, value: Value): void {
    const waiter = this.#take(ticket);
    if (waiter === undefined) return;
    if (typeof waiter === "function") waiter(value);
    else waiter.set(ticket, value);
  }

  /** A task has failed, unless it has an answer already. */
  reject(ticket: number, reason: unknown): void {
    const waiter = this.#take(ticket);
    if (waiter !== undefined) reject(waiter, reason);
  }

  #waiterOf(ticket: number): Waiter<Value> | undefined {
    const { tasks, mask, tail, used } = this.#ring;
    const age = (tail - ticket) | 0;
    return age > 0 && age <= used ? tasks[ticket & mask] : undefined;
  }

  #take(ticket: number): Waiter<Value> | undefined {
    const ring = this.#ring;
    const waiter = this.#waiterOf(ticket);
    if (waiter === undefined) return undefined;
    ring.tasks[ticket & ring.mask] = undefined;
    this.#count--;
    let answered = 0;
    while (
      answered < ring.used &&
      ring.tasks[(ring.tail - ring.used + answered) & ring.mask] === undefined
    ) answered++;
    if (answered > 0) ring.release(answered);
    return waiter;
  }
}
