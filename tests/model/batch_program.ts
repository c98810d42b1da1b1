/**
 * Rings of batches for the explorer: who pushes, who bounds, and what must come out.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { BatchConsumer } from "../../sync/batch/batch_consumer.ts";
import { type BatchesHandle, startAt } from "../../sync/batch/batch_memory.ts";
import { PUSHERS, RECORDS, TAIL } from "../../sync/batch/batch_layout.ts";
import type { BatchReading } from "../../sync/batch/batch_reading.ts";
import type { PushedBatches } from "../../sync/batch/pushed_batches.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import {
  becomeThread,
  type CurrentThread,
  indexOf,
} from "../../sync/thread/thread.ts";
import type { WaitAsyncOptions } from "../../sync/thread/wait.ts";
import { type Kind, type Module, numbers, ORIGINAL } from "./batch_kinds.ts";
import type { ModelThread } from "./explorer.ts";
import { mortal } from "./mortal.ts";
import {
  type Bounds,
  boundsOf,
  crewOf,
  type Ending,
  markLost,
} from "./program.ts";

/** The threads; the fourth one makes the ring, and looks at it in the end. */
export let crew: CurrentThread[] = [];

/** Lets a model thread be one of them. */
export function enter(thread: number): void {
  becomeThread(crew[thread]!);
}

/** Bounds of a program, and how the ring is at its start. */
export interface Options extends Bounds {
  readonly kind?: Kind;
  readonly position?: number;
  /** So many places are taken, by a batch that is not free. */
  readonly taken?: number;
  /** At first there was a lap of batches of one record, which were freed. */
  readonly lap?: boolean;
  readonly module?: Module;
  /** Whether the first thread has the index of a lost one that has the claim. */
  readonly haunted?: boolean;
  /** The thread that pushes first is lost after so many operations. */
  readonly lost?: number;
}

/** A ring, as one thread has it. */
export class ModelRing {
  readonly ring: PushedBatches<unknown>;
  readonly kind: Kind;

  constructor(handle: BatchesHandle, options: Options) {
    const { kind = numbers("i32") as Kind, module = ORIGINAL } = options;
    this.kind = kind;
    this.ring = kind.attach(module, handle);
  }

  consumer(): BatchConsumer<unknown> {
    return this.ring.consumer();
  }

  /** Pushes numbers if there is room. Returns those that it has pushed. */
  tryPush(...numbers: readonly number[]): number[] {
    const { ring, kind } = this;
    return numbers.filter((number) =>
      ring.tryPush(kind.recordOf(number), -number)
    );
  }

  push(number: number): void {
    this.ring.push(this.kind.recordOf(number), { ticket: -number });
  }

  pushAsync(number: number, options: WaitAsyncOptions): Promise<void> {
    const record = this.kind.recordOf(number);
    return this.ring.pushAsync(record, { ...options, ticket: -number });
  }

  /** A batch as its numbers, each of which must come from who says so. */
  read(batch: BatchReading<unknown> | undefined): number[] {
    if (batch === undefined) return [];
    return Array.from({ length: batch.length }, (_, k) => {
      const number = this.kind.numberOf(batch.at(k));
      assertEquals(batch.ticketOf(k), -number);
      assertEquals(batch.senderOf(k), crew[Math.floor(number / 10) - 1]!.id);
      return number;
    });
  }

  /** The records that were there at the start: nobody has written to them. */
  assertUntouched(batch: BatchReading<unknown>): void {
    // Who takes a place that is not free takes the oldest.
    for (const k of [0, batch.length - 1]) {
      assertEquals(this.kind.numberOf(batch.at(k)), 0);
    }
  }

  /** Frees the places that were taken at the start. */
  freeTaken({ unfinished }: BatchConsumer<unknown>): void {
    for (const batch of unfinished) {
      this.assertUntouched(batch);
      batch.free();
    }
  }

  /** All that is left: unfinished batches, and the open one. */
  restOf(consumer: BatchConsumer<unknown>): number[][] {
    const rest: number[][] = [];
    for (const batch of consumer.unfinished) {
      if (this.kind.numberOf(batch.at(0)) === 0) this.assertUntouched(batch);
      else rest.push(this.read(batch));
      batch.free();
    }
    using open = consumer.bound();
    return [...rest, this.read(open)];
  }

  /** Fills what room there is. Returns how many records that were. */
  fill(): number {
    const record = this.kind.recordOf(0);
    let count = 0;
    while (this.ring.tryPush(record)) count++;
    return count;
  }
}

/** A ring as a test wants it; makes the threads. */
export function ringAt(options: Options): BatchesHandle {
  const { kind = numbers("i32") as Kind, position = 0, taken = 0 } = options;
  crew = crewOf(4);
  enter(3);
  const ring = kind.make();
  const words = wordsOf(ring.handle, RECORDS);
  startAt(words, position);
  if (options.haunted) haunt(words);
  else for (const { id } of crew) words[PUSHERS + indexOf(id)] = id;
  using consumer = ring.consumer();
  for (let k = 0; options.lap && k < 64; k++) {
    assert(ring.tryPush(kind.recordOf(0)));
    consumer.bound()?.free();
  }
  for (let k = 0; k < taken; k++) assert(ring.tryPush(kind.recordOf(0)));
  assertEquals(consumer.bound()?.length ?? 0, taken);
  return ring.handle;
}

/** Loses a thread that has the claim; the first one is a new one with its index. */
function haunt(words: Int32Array): void {
  const { threads, id } = crew[0]!;
  words[PUSHERS + indexOf(id)] = id;
  Atomics.or(words, TAIL, indexOf(id) + 1);
  threads.markLost(id);
  threads.retire(id);
  crew[0] = { threads, id: threads.claim() };
  assertEquals(indexOf(crew[0].id), indexOf(id));
}

/** A number as the thread pushes it, which makes its ticket, too. */
export function numberOf(thread: number, k: number): number {
  return 10 * (thread + 1) + k;
}

/** What a thread does with the ring. */
export type Body<R> = (ring: ModelRing, thread: ModelThread) => R;

/** Pushes so many records if there is room. Returns those that it has pushed. */
export function pushes(count: number): Body<number[]> {
  return (ring, { index }) => {
    const all = Array.from({ length: count }, (_, k) => numberOf(index, k));
    return ring.tryPush(...all);
  };
}

/** Bounds so many batches, frees each at once. Returns what was in them. */
export function bounds(count: number): Body<number[][]> {
  return (ring) => {
    using consumer = ring.consumer();
    ring.freeTaken(consumer);
    return Array.from({ length: count }, () => {
      using batch = consumer.bound();
      return ring.read(batch);
    });
  };
}

/** Pushes one record, however long that takes. */
export function pushesOne(ring: ModelRing, { index }: ModelThread): number[] {
  const number = numberOf(index, 0);
  ring.push(number);
  return [number];
}

/** Pushes one record if there is room, and then one that waits for room. */
export function pushesAtLast(
  ring: ModelRing,
  { index }: ModelThread,
): number[] {
  const early = ring.tryPush(numberOf(index, 0));
  const last = numberOf(index, 1);
  ring.push(last);
  return [...early, last];
}

/** Waits for so many records, in as many batches as they come in. */
export function awaits(count: number): Body<number[][]> {
  return (ring) => {
    using consumer = ring.consumer();
    ring.freeTaken(consumer);
    const batches: number[][] = [];
    while (batches.flat().length < count) {
      assert(consumer.wait() > 0);
      using batch = consumer.bound();
      batches.push(ring.read(batch));
    }
    return batches;
  };
}

/** Bounds two batches and frees the later one first. */
export function freesBackwards(ring: ModelRing): number[][] {
  using consumer = ring.consumer();
  const [full] = consumer.unfinished;
  const batch = consumer.bound();
  const records = ring.read(batch);
  batch?.free();
  ring.assertUntouched(full!);
  full!.free();
  return [records];
}

/** Bounds a batch, and frees only the one before it. */
export function freesOldest(ring: ModelRing): number[][] {
  using consumer = ring.consumer();
  const [full] = consumer.unfinished;
  consumer.bound();
  full!.free();
  return [];
}

/**
 * Threads that push, and one that bounds: what they have pushed is what comes out,
 * once and each one's in order.
 */
export function meeting(
  pushers: readonly Body<number[]>[],
  consumes: Body<number[][]>,
  options: Options = {},
): Ending<BatchesHandle> {
  const { lost } = options;
  const ends = new Set<string>();
  const run = <R>(body: Body<R>) => (handle: BatchesHandle, t: ModelThread) =>
    body(new ModelRing(handle, options), t);
  return {
    ends,
    enter,
    setup: () => ringAt(options),
    threads: [
      ...pushers.map((body, k) =>
        k > 0 || lost === undefined
          ? run(body)
          : mortal(lost, run(body), (thread) => markLost(crew[thread]!))
      ),
      run(consumes),
    ],
    check: (handle, results) => {
      enter(3);
      const ring = new ModelRing(handle, options);
      const pushed = results.slice(0, -1) as (number[] | "lost")[];
      const taken = results.at(-1) as number[][];
      {
        using consumer = ring.consumer();
        const all = [...taken, ...ring.restOf(consumer)].flat();
        for (const [k, records] of pushed.entries()) {
          const own = all.filter((record) => Math.floor(record / 10) === k + 1);
          // Of a lost one so many as it came to, each whole.
          const known = records === "lost"
            ? own.map((_, j) => numberOf(k, j))
            : records;
          assertEquals(own, known);
        }
      }
      assertEquals(ring.ring.size, 0);
      assertEquals(ring.fill(), ring.kind.places);
      ends.add(JSON.stringify(results));
    },
    ...boundsOf(options),
  };
}
