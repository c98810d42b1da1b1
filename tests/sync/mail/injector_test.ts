import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import fc from "fast-check";
import { allocate } from "../../../sync/memory/arena.ts";
import { FrameBatch } from "../../../sync/mail/frame_batch.ts";
import {
  DONE,
  Injector,
  injectorSize,
  MOST_AT_ONCE,
  MOST_URGENT,
  NONE,
  NORMAL,
  type Priority,
  URGENT,
} from "../../../sync/mail/injector.ts";
import { TaskCells, taskCellsSize } from "../../../sync/mail/task_cells.ts";
import { currentThread } from "../../../sync/thread/thread.ts";
import { randomFrom } from "../random.ts";

const TENANT = 5;

interface Options {
  readonly reserve?: number;
  readonly segment?: number;
  readonly start?: number;
}

/** An injector with one owner, as one thread sees it. */
class Bench {
  readonly cells = new TaskCells(allocate(taskCellsSize(1024)), 1024);
  readonly injector: Injector;
  readonly batch = new FrameBatch();

  constructor({ reserve = 2 ** 16, segment, start }: Options = {}) {
    const lanes = { reserve: [reserve, reserve] as const };
    const shape = segment === undefined ? lanes : { ...lanes, segment };
    const slice = allocate(injectorSize(shape));
    this.injector = new Injector(slice, () => this.cells, shape);
    this.injector.init(start);
    this.cells.letTo(TENANT);
  }

  /** Pushes frames of so many bytes in one step, numbered from `first` on. */
  push(priority: Priority, first: number, ...lengths: number[]): number {
    this.batch.clear();
    lengths.forEach((length, k) => {
      this.cells.begin(first + k);
      this.batch.add(frameOf(first + k, length), length);
    });
    return this.injector.push(priority, this.batch);
  }

  /** Takes frames in one step: their numbers. */
  take(most: number = 1, takers: number = 1): number[] {
    const { batch } = this;
    const attempt = this.injector.take(batch, { most, takers });
    const numbers: number[] = [];
    while (batch.next()) {
      const at = batch.start >> 2;
      const number = batch.words[at + 2]!;
      const { bytes } = frameOf(number, batch.length);
      const found = batch.bytes.subarray(
        batch.start,
        batch.start + batch.length,
      );
      assert(found.every((byte, k) => byte === bytes[k]));
      assertEquals(this.cells.takerOf(number), currentThread().id);
      numbers.push(number);
    }
    assertEquals(attempt, numbers.length > 0 ? DONE : NONE);
    return numbers;
  }
}

function frameOf(number: number, length: number, tenant: number = TENANT) {
  const words = new Int32Array(2 * Math.ceil(length / 8));
  for (let k = 0; k < words.length; k++) words[k] = Math.imul(number, k + 7);
  words.set([0, tenant, number]);
  return { words, bytes: new Uint8Array(words.buffer) };
}

const lengths = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 12, max: 60 }) },
  { weight: 1, arbitrary: fc.integer({ min: 200, max: 700 }) },
);

Deno.test("Injector: pushes of batches and takings are those of two plain queues", () => {
  const call = fc.oneof(
    fc.record({
      priority: fc.constantFrom(URGENT, NORMAL),
      lengths: fc.array(lengths, { minLength: 1, maxLength: 6 }),
    }),
    fc.record({
      most: fc.integer({ min: 1, max: 20 }),
      takers: fc.integer({ min: 1, max: 4 }),
    }),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(0, -3, 2 ** 29 - 2, -1024),
      fc.array(call, { maxLength: 120 }),
      (start, calls) => {
        const bench = new Bench({ reserve: 4096, segment: 64, start });
        const queues: [number[], number[]] = [[], []];
        let number = 1;
        let row = 0;
        for (const next of calls) {
          if ("lengths" in next) {
            const { priority, lengths } = next;
            const count = bench.push(priority, number, ...lengths);
            // What found no room would have filled the lane.
            for (let k = 0; k < count; k++) queues[priority].push(number + k);
            if (count < lengths.length) assert(queues[priority].length > 3);
            number += lengths.length;
          } else {
            const [urgent, normal] = queues;
            let from = urgent.length > 0 ? urgent : normal;
            if (row >= MOST_URGENT) {
              row = 0;
              if (normal.length > 0) from = normal;
            }
            const fair = Math.min(
              next.most,
              MOST_AT_ONCE,
              1 + Math.floor(from.length / (2 * next.takers)),
            );
            const taken = bench.take(next.most, next.takers);
            // Fewer only where private memory was short.
            assert(
              taken.length === Math.min(fair, from.length) ||
                (taken.length > 0 && taken.length < fair),
            );
            assertEquals(taken, from.splice(0, taken.length));
            row = from === urgent && taken.length > 0 ? row + taken.length : 0;
            if (from === normal) row = 0;
          }
          assertEquals(
            bench.injector.size,
            queues[0].length + queues[1].length,
          );
        }
      },
    ),
    { numRuns: 150 },
  );
});

Deno.test("Injector: after some urgent frames in a row a normal one is taken", () => {
  const bench = new Bench();
  bench.push(NORMAL, 1, 12, 12);
  bench.push(URGENT, 101, ...Array<number>(20).fill(16));
  const order = Array.from({ length: 22 }, () => bench.take()[0]!);
  assertEquals(order.indexOf(1), MOST_URGENT);
  assertEquals(order.indexOf(2), 2 * MOST_URGENT + 1);
  assertEquals(
    order.filter((number) => number > 100),
    Array.from({ length: 20 }, (_, k) => 101 + k),
  );
});

Deno.test("Injector.push() takes as many frames as there is room for, and all once there is", () => {
  const bench = new Bench({ reserve: 1024, segment: 128 });
  const sizes = Array<number>(30).fill(40);
  const count = bench.push(NORMAL, 1, ...sizes);
  assert(count > 10 && count < 30, `${count}`);
  assertEquals(bench.push(NORMAL, 100, 40), 0);
  assertEquals(bench.push(URGENT, 200, 40), 1);
  assertEquals(bench.take(), [200]);
  for (let k = 1; k <= count; k++) assertEquals(bench.take(), [k]);
  // Whatever was taken is used again, as often as one likes.
  for (let round = 0; round < 200; round++) {
    assertEquals(
      bench.push(NORMAL, 1, ...sizes.slice(0, count - 4)),
      count - 4,
    );
    for (let k = 1; k <= count - 4; k++) assertEquals(bench.take(), [k]);
  }
  assertEquals(bench.take(), []);
});

Deno.test("Injector: frames as long as it takes, one of 64 MiB too", () => {
  const reserve = 2 ** 27;
  const bench = new Bench({ reserve });
  const length = 2 ** 26;
  assert(length <= bench.injector.longest(NORMAL));
  assertEquals(bench.push(NORMAL, 1, 12, length, 20), 3);
  assertEquals(bench.take(16), [1]); //                private memory is short
  assertEquals(bench.take(16).slice(0, 1), [2]);
  assertEquals(bench.batch.bytes.length >= length, true);
  bench.batch.clear();
  assert(bench.batch.bytes.length < 2 ** 20);
});

Deno.test("Injector.take() drops frames of former owners, and names nobody", () => {
  const bench = new Bench();
  bench.push(NORMAL, 1, 12, 12, 12);
  bench.cells.letTo(TENANT + 1);
  assert(bench.injector.pass());
  assertEquals(bench.injector.take(bench.batch, { most: 2, takers: 1 }), DONE);
  assertFalse(bench.batch.next());
  assertEquals(bench.cells.takerOf(1), 0);
  assertEquals(bench.injector.size, 1);
});

Deno.test("Injector.settle() takes names of frames back that are in the queue", () => {
  const random = randomFrom(1);
  for (const segment of [64, 2 ** 14]) {
    const bench = new Bench({ segment });
    const sizes = Array.from({ length: 40 }, () => 12 + random(200));
    assertEquals(bench.push(NORMAL, 1, ...sizes), 40);
    bench.push(URGENT, 101, 12);
    assertEquals(bench.take(), [101]);
    assertEquals(bench.take(), [1]);
    for (let number = 2; number <= 17; number++) {
      bench.cells.take(number, 1025);
    }
    assert(bench.injector.settle());
    const me = currentThread().id;
    const takers = [101, ...sizes.keys()].map((k) =>
      bench.cells.takerOf(k === 101 ? k : k + 1)
    );
    assertEquals(takers, [me, me, ...Array<number>(39).fill(0)]);
  }
});

Deno.test("FrameBatch.drop() forgets the first frames, and keeps the others as they are", () => {
  const batch = new FrameBatch();
  for (const number of [1, 2, 3]) {
    batch.add(frameOf(number, 12 * number), 12 * number);
  }
  batch.drop(2);
  assertEquals(batch.count, 1);
  assert(batch.next());
  assertEquals(batch.length, 36);
  assertEquals(batch.words[(batch.start >> 2) + 2], 3);
  assertFalse(batch.next());
  batch.drop(1);
  assertEquals([batch.count, batch.end, batch.hasNext], [0, 0, false]);
});

Deno.test("FrameBatch.add() throws a RangeError for a frame that is too short", () => {
  const batch = new FrameBatch();
  for (const length of [0, 11, -1, NaN]) {
    assertThrows(() => batch.add(frameOf(1, 12), length), RangeError);
  }
  assertEquals(batch.count, 0);
});
