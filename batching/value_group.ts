/**
 * One promise for the values of several tasks.
 *
 * @module
 */

import { isThenable } from "../codec/thenable.ts";

/** Collects the values of tasks that were pushed together. */
export class ValueGroup<Value> {
  readonly #values: Value[];
  readonly #resolve: (values: Value[]) => void;
  readonly #reject: (reason: unknown) => void;
  #missing: number;

  constructor(
    size: number,
    resolve: (values: Value[]) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#values = new Array(size);
    this.#missing = size;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  /** Takes the value of one task; called once for each. */
  set(index: number, value: Value | PromiseLike<Value>): void {
    try {
      if (!isThenable(value)) return this.#put(index, value);
      // The promise may be a rejected one.
      Promise.resolve(value).then(
        (value) => this.#put(index, value),
        this.#reject,
      );
    } catch (error) {
      this.#reject(error); // of looking up `then`, as a promise does
    }
  }

  /** The first task that fails is the reason for all. */
  fail(reason: unknown): void {
    this.#reject(reason);
  }

  #put(index: number, value: Value): void {
    this.#values[index] = value;
    if (--this.#missing === 0) this.#resolve(this.#values);
  }
}

/** Tasks of a group that lie one after the other in a batch. */
export class GroupRun<Value> {
  readonly #group: ValueGroup<Value>;
  readonly #offset: number;

  /** @param offset What an index in the batch lacks of the one in the group, modulo 2^32. */
  constructor(group: ValueGroup<Value>, offset: number) {
    this.#group = group;
    this.#offset = offset;
  }

  /** Takes the value of a task, by its index in the batch. */
  set(index: number, value: Value | PromiseLike<Value>): void {
    this.#group.set((index + this.#offset) | 0, value);
  }

  /** See {@linkcode ValueGroup.fail}. */
  fail(reason: unknown): void {
    this.#group.fail(reason);
  }
}
