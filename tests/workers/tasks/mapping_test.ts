import { assert, assertEquals } from "@std/assert";
import { nextTurn } from "../../../workers/life/next_turn.ts";
import { Mapping } from "../../../workers/tasks/mapping.ts";
import type { TaskCall } from "../../../workers/tasks/task_call.ts";

/** Items that were sent together, and how to answer them. */
interface Flight {
  readonly items: readonly unknown[];
  /** So many of them were run; default: all. */
  readonly land: (count?: number) => Promise<void>;
}

/** A mapping of numbers whose flights land by hand. */
function mapping(concurrency: number, workers: number, ordered: boolean) {
  let taken = 0;
  const flights: Flight[] = [];
  const source: Iterator<number> = {
    next: () => ({ value: taken++, done: false }),
  };
  const made = new Mapping({
    open: () => source,
    start: (items) => {
      const { promise, resolve } = Promise.withResolvers<unknown>();
      flights.push({
        items,
        land: async (count) => {
          const values = items.slice(0, count);
          resolve({ values, elapsed: 1e-6, received: 8 });
          await Promise.resolve();
          await Promise.resolve();
        },
      });
      return { promise, over: promise, byteLength: 8 } as unknown as TaskCall;
    },
    workers,
    concurrency,
    ordered,
    batch: 8,
  });
  return {
    mapping: made,
    flights,
    get taken() {
      return taken;
    },
    get sent() {
      return flights.flatMap(({ items }) => items);
    },
  };
}

for (const ordered of [true, false]) {
  Deno.test(`Mapping sends items together once that pays (ordered: ${ordered})`, async () => {
    const made = mapping(16, 1, ordered);
    const { flights } = made;
    assertEquals(flights.map(({ items }) => items.length), Array(16).fill(1));
    for (let landed = 0; landed < 40; landed++) {
      await flights[landed]!.land();
      while (made.mapping.take() !== undefined);
      assert(made.taken <= made.sent.length + 8);
    }
    assertEquals(Math.max(...flights.map(({ items }) => items.length)), 8);
    assertEquals(made.sent, made.sent.map((_, n) => n));
  });

  Deno.test(`Mapping sends together what is taken for results that came together (ordered: ${ordered})`, async () => {
    const { mapping: made, flights } = mapping(32, 4, ordered);
    for (const { land } of [...flights]) await land();
    while (made.take() !== undefined);
    assertEquals(
      flights.slice(32).map(({ items }) => items.length),
      [8, 8, 8, 8],
    );
  });

  Deno.test(`Mapping sends what a worker left, though nobody takes results (ordered: ${ordered})`, async () => {
    const { mapping: made, flights } = mapping(8, 4, ordered);
    for (const { land } of [...flights]) await land();
    while (made.take() !== undefined);
    await flights[8]!.land(3);
    await nextTurn();
    await nextTurn();
    assertEquals(flights.slice(8).map(({ items }) => items), [
      [8, 9, 10, 11, 12, 13, 14, 15],
      [11, 12, 13, 14, 15],
    ]);
  });

  Deno.test(`Mapping holds no item back for long, though nothing comes back (ordered: ${ordered})`, async () => {
    for (let landed = 4; landed < 20; landed++) {
      const made = mapping(16, 1, ordered);
      for (let k = 0; k < landed; k++) {
        await made.flights[k]!.land();
        while (made.mapping.take() !== undefined);
      }
      // What is under way may wait for what was not sent.
      const end = performance.now() + 10_000;
      while (made.sent.length < made.taken && performance.now() < end) {
        await new Promise((next) => setTimeout(next, 1));
      }
      assertEquals(made.sent.length, made.taken);
    }
  });
}
