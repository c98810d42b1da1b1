/**
 * Model tests of `Deque`: the checker finds the mistakes that such code has.
 */

import {
  batches,
  broken,
  calls,
  type Module,
  POPS,
  STEAL,
  STEALS,
} from "./deque_program.ts";
import { mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";

Deno.test("Deque: the checker finds a last record that is taken without an exchange", async () => {
  const module = await broken({
    end: [[
      "Atomics.compareExchange(words, TOP, top, end) === top;",
      "(Atomics.store(words, TOP, end), true);",
    ]],
  });
  await refuses(
    "exception",
    calls([["tryPop"]], [STEAL], { module, initial: [7] }),
  );
});

Deno.test("Deque: the checker finds a steal without an exchange", async () => {
  const module = await broken({
    slots: [[
      "if (Atomics.compareExchange(words, TOP, top, next) === top) return count;",
      "Atomics.store(words, TOP, next); return count;",
    ]],
  });
  await refuses(
    "exception",
    calls([["tryPop"]], [STEAL], { module, initial: [7] }),
  );
});

Deno.test("Deque: the checker finds an owner that looks at the top before it lowers the bottom", async () => {
  const module = await broken({
    end: [[
      "Atomics.store(words, BOTTOM, newest);\n    const top = Atomics.load(words, TOP);",
      "const top = Atomics.load(words, TOP);\n    Atomics.store(words, BOTTOM, newest);",
    ]],
  });
  await refuses(
    "exception",
    calls([["tryPop"]], [STEALS], { module, initial: [7, 8] }),
  );
});

Deno.test("Deque: the checker finds a thief that looks at the bottom before the top", async () => {
  const module = await broken({
    slots: [[
      "const top = Atomics.load(words, TOP);\n      const size = (Atomics.load(words, BOTTOM) - top) | 0;",
      "const bottom = Atomics.load(words, BOTTOM); const top = Atomics.load(words, TOP); const size = (bottom - top) | 0;",
    ]],
  });
  await refuses(
    "exception",
    calls(POPS, [STEALS], { module, initial: [7, 8, 9], capacity: 4 }),
  );
});

Deno.test("Deque: the checker finds a bottom that is stored before the record", async () => {
  const module = await broken({
    end: [[
      "this.slots.write((this.#bottom + index) | 0, from, offset);",
      "Atomics.store(this.slots.words, BOTTOM, (this.#bottom + index + 1) | 0); this.slots.write((this.#bottom + index) | 0, from, offset);",
    ]],
  });
  await refuses("exception", calls([["tryPush", 1]], [STEAL], { module }));
});

Deno.test("Deque: the checker finds records and a bottom without Atomics", async () => {
  const plainRecord = await broken({
    slots: [[
      "Atomics.store(words, slot + k, from[offset + k]!);",
      "words[slot + k] = from[offset + k]!;",
    ]],
  });
  const plainBottom = await broken({
    end: [[
      "Atomics.store(this.slots.words, BOTTOM, this.#bottom);",
      "this.slots.words[BOTTOM] = this.#bottom;",
    ]],
  });
  for (const module of [plainRecord, plainBottom]) {
    await refuses(
      "data race",
      calls([["tryPop"], ["tryPush", 1]], [STEAL], {
        module,
        initial: [7],
        capacity: 1,
      }),
    );
  }
});

Deno.test("Deque: the checker finds a record that is read after the top was moved", async () => {
  const module = await broken({
    slots: [[
      "if (Atomics.compareExchange(words, TOP, top, next) === top) return count;",
      "if (Atomics.compareExchange(words, TOP, top, next) === top) { this.read(top, into, offset); return count; }",
    ]],
  });
  await refuses(
    "exception",
    calls([["tryPush", 1]], [STEAL], { module, initial: [7], capacity: 1 }),
  );
});

Deno.test("Deque: the checker finds a bottom that stays lowered", async () => {
  const module = await broken({
    end: [[
      "if (mine) slots.read(newest, into, 0);\n    Atomics.store(words, BOTTOM, end);",
      "if (mine) slots.read(newest, into, 0); this.#bottom = newest;",
    ]],
  });
  await refuses(
    "exception",
    calls([["tryPop"], ["tryPush", 1], ["tryPop"]], [STEAL], {
      module,
      initial: [7],
    }),
  );
});

Deno.test("Deque: the checker finds room for one record too many", async () => {
  const module = await broken({
    end: [[
      "this.#top = Atomics.load(words, TOP);\n    return capacity -",
      "this.#top = Atomics.load(words, TOP);\n    return capacity + 1 -",
    ]],
  });
  await refuses(
    "exception",
    calls([["tryPush", 1], ["tryPush", 2]], [STEAL], { module, capacity: 1 }),
  );
});

Deno.test("Deque: the checker finds positions that are compared as they are", async () => {
  const module = await broken({
    slots: [
      [
        "const size = (Atomics.load(words, BOTTOM) - top) | 0;",
        "const size = Atomics.load(words, BOTTOM) - top;",
      ],
    ],
  });
  await refuses(
    "exception",
    calls([["tryPush", 1]], [STEALS], {
      module,
      position: 2 ** 31 - 1,
      initial: [7],
    }),
  );
});

Deno.test("Deque: the checker finds a batch of a lifo deque taken at once", async () => {
  const module = await broken({
    slots: [[
      "if (this.isFifo) return this.#take(into, 0, most);",
      "return this.#take(into, 0, most);",
    ]],
  });
  await refuses(
    "exception",
    batches({ module, capacity: 4, initial: [1, 2, 3, 4], pops: 3 }),
  );
});

Deno.test("Deque: the checker finds an owner that tells before it stores", async () => {
  const module = await broken({
    end: [[
      "Atomics.store(this.slots.words, BOTTOM, this.#bottom);\n    this.slots.items.signal();",
      "this.slots.items.signal();\n    Atomics.store(this.slots.words, BOTTOM, this.#bottom);",
    ]],
  });
  await refuses(
    "deadlock",
    calls([["push", 1]], [[["steal"]]], { module }),
  );
});

Deno.test("Deque: the checker finds a thief that tells nobody of the room", async () => {
  const module = await mutant<Module>("sync/queue/deque.ts", [[
    "if (!this.#slots.takeOldest(this.#draft)) return undefined;\n    this.#slots.room.signal();",
    "if (!this.#slots.takeOldest(this.#draft)) return undefined;",
  ]]);
  await refuses(
    "deadlock",
    calls([["push", 1]], [STEAL], { module, initial: [7], capacity: 1 }),
  );
});
