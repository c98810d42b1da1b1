/**
 * What a ring of batches must hold: arrays of records, beside the ring's own batches.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type {
  BatchConsumer,
  BatchRegion,
  PushedBatches,
} from "../../../sync/mod.ts";

/** A bounded batch, and the ring's own. */
interface Pair<T> {
  readonly records: readonly T[];
  /** The ticket of the first one. */
  readonly first: number;
  readonly batch: BatchRegion<T>;
  free: boolean;
}

/** What a consumer does. */
export type ConsumerStep =
  | readonly ["bound"]
  | readonly ["free", number]
  | readonly ["release"];

/** Any of these steps. */
export const consumerStep: fc.Arbitrary<ConsumerStep> = fc.oneof(
  fc.tuple(fc.constant("bound" as const)),
  fc.tuple(fc.constant("free" as const), fc.nat(50)),
  fc.tuple(fc.constant("release" as const)),
);

/** A ring, and what it must hold. */
export class PlainBatches<T> {
  readonly #ring: PushedBatches<T>;
  #consumer: BatchConsumer<T>;
  #open: T[] = [];
  /** From the oldest that is not free on. */
  #bounded: Pair<T>[] = [];
  #next = 0;

  constructor(ring: PushedBatches<T>) {
    this.#ring = ring;
    this.#consumer = ring.consumer();
  }

  /** The ticket that the next record must have. */
  get next(): number {
    return this.#next;
  }

  /** All that takes room: from the oldest batch that is not free on. */
  get taken(): readonly T[] {
    return [...this.#bounded.flatMap(({ records }) => records), ...this.#open];
  }

  /** Notes what was pushed. */
  add(records: readonly T[]): void {
    this.#open.push(...records);
    this.#next += records.length;
  }

  /** Does a step in both. */
  do([name, argument]: ConsumerStep): void {
    if (name === "bound") this.#bound();
    else if (name === "free") this.#free(argument);
    else this.#release();
  }

  /** Compares all of it. */
  check(): void {
    assertEquals(this.#ring.size, this.taken.length);
    assertEquals(this.#consumer.openSize, this.#open.length);
    for (const { records, first, batch, free } of this.#bounded) {
      if (free) continue;
      assertEquals(batch.toArray(), records);
      const slices = batch.slices();
      assert(slices.length === 1 || slices.length === 2);
      assertEquals(slices.flatMap((slice) => [...slice] as T[]), records);
      for (const k of records.keys()) {
        assertEquals(batch.ticketOf(k), first + k);
      }
    }
  }

  #bound(): void {
    const batch = this.#consumer.bound();
    assertEquals(batch?.length ?? 0, this.#open.length);
    if (batch === undefined) return;
    const records = this.#open;
    const first = this.#next - records.length;
    this.#bounded.push({ records, first, batch, free: false });
    this.#open = [];
  }

  #free(choice: number): void {
    const pairs = this.#bounded.filter(({ free }) => !free);
    const pair = pairs[choice % pairs.length];
    if (pair === undefined) return;
    pair.batch.free();
    pair.free = true;
    while (this.#bounded[0]?.free) this.#bounded.shift();
  }

  #release(): void {
    this.#consumer.release();
    this.#consumer = this.#ring.consumer();
    const { unfinished } = this.#consumer;
    const pairs = this.#bounded.filter(({ free }) => !free);
    assertEquals(unfinished.length, pairs.length);
    this.#bounded = this.#bounded.map((pair) =>
      pair.free ? pair : { ...pair, batch: unfinished[pairs.indexOf(pair)]! }
    );
  }
}
