/**
 * A bounded store of records of one size, between any number of threads.
 *
 * The protocol is in the folder's README, "Array store".
 *
 * @module
 */

import { LINE, partOf, type SharedSlice, wordsOf } from "../memory/memory.ts";
import { RecordSlots, slotsSize } from "../queue/record_slots.ts";
import {
  CLOSED,
  type Flavor,
  FULL,
  PUSHED,
  type Pushed,
  type Shape,
  type Store,
} from "./flavor.ts";

// In bytes, on lines of their own.
const SEALED = 0; // 1 once nothing more may come
const SLOTS = SEALED + LINE;

/** The store of a channel of records with a capacity from 1 on. */
export const arrayFlavor: Flavor = {
  byteLength: ({ record, capacity }) =>
    SLOTS + Math.ceil(slotsSize(record!, capacity) / LINE) * LINE,
  attach: (slice, shape) => new ArrayStore(slice, shape),
};

/** Slots of records, and a seal. */
export class ArrayStore<T> implements Store<T> {
  readonly meeting = undefined;
  readonly #seal: Int32Array;
  readonly #slots: RecordSlots<T>;

  /** Attaches to a store. */
  constructor(slice: SharedSlice, { record, capacity }: Shape<T>) {
    const seal = wordsOf(slice, 1);
    this.#seal = seal;
    const slots = partOf(slice, SLOTS);
    this.#slots = new RecordSlots(record!, slots, capacity, seal);
  }

  /** @param start See {@linkcode RecordSlots.init}. */
  init(start?: number): void {
    this.#slots.init(start);
  }

  check(value: T): void {
    this.#slots.check("send message", value);
  }

  tryPush(value: T): Pushed {
    // Code of the caller, as a getter of a struct's value, runs here only.
    this.#slots.check("send message", value);
    if (this.#slots.offer(value)) return PUSHED;
    return this.#slots.isSealed ? CLOSED : FULL;
  }

  tryPop(into?: T): T | undefined {
    const fetched = this.#slots.poll();
    if (fetched === undefined) return undefined;
    return this.#slots.take(fetched, into);
  }

  seal(): void {
    Atomics.store(this.#seal, 0, 1);
  }

  get size(): number {
    return this.#slots.size;
  }
}
