/**
 * Model tests of `SharedCounter`. Bounds: two threads of up to four calls, three
 * threads of up to three; all interleavings.
 */

import { assert, assertEquals } from "@std/assert";
import { SharedCounter, type SharedCounterHandle } from "../../sync/mod.ts";
import type { ModelThread, Program } from "./explorer.ts";
import { mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { linearizable } from "./linearizable.ts";
import { explored } from "./program.ts";

type Counter = typeof SharedCounter;

/** Each thread adds 1 as often as given. */
function adds(
  counts: readonly number[],
  counter: Counter = SharedCounter,
): Program<SharedCounterHandle> {
  return {
    setup: () => new counter().handle,
    threads: counts.map((count) => (handle) => {
      const mine = counter.from(handle);
      return Array.from({ length: count }, () => mine.add());
    }),
    check: (handle, results) => {
      const sum = counts.reduce((a, b) => a + b);
      assertEquals(counter.from(handle).value, sum);
      assertEquals(
        (results.flat() as number[]).toSorted((a, b) => a - b),
        Array.from({ length: sum }, (_, k) => k),
      );
    },
    preemptions: Infinity,
  };
}

Deno.test("SharedCounter.add() loses nothing and returns no value twice", async () => {
  for (const counts of [[1, 1], [4, 4], [1, 1, 1], [3, 3, 3]]) {
    await explored(adds(counts));
  }
});

type Call = readonly [name: "add" | "sub" | "exchange" | "value", n: number];

const OBJECT = {
  init: 5,
  step: (state: number, input: unknown) => {
    const [name, n] = input as Call;
    const next = { add: state + n, sub: state - n, exchange: n, value: state };
    return { state: next[name], output: state as unknown };
  },
};

/** Each thread makes the given calls. */
function calls(
  all: readonly (readonly Call[])[],
  counter: Counter = SharedCounter,
): Program<SharedCounterHandle> {
  return {
    setup: () => new counter(OBJECT.init).handle,
    threads: all.map((mine) => (handle, thread: ModelThread) => {
      const shared = counter.from(handle);
      for (const call of mine) {
        const [name, n] = call;
        thread.call(
          call,
          () => name === "value" ? shared.value : shared[name](n),
        );
      }
    }),
    check: (_, __, history) => assert(linearizable(history, OBJECT)),
    preemptions: Infinity,
  };
}

Deno.test("SharedCounter does each call in one step", async () => {
  for (
    const all of [
      [
        [["add", 3], ["exchange", -2], ["value", 0], ["sub", 7]],
        [["exchange", 9], ["sub", 1], ["add", 2 ** 40], ["value", 0]],
      ],
      [
        [["add", 3], ["value", 0]],
        [["exchange", -2], ["value", 0]],
        [["sub", 1], ["exchange", 4]],
      ],
    ] as const
  ) {
    await explored(calls(all));
  }
});

Deno.test("SharedCounter: the checker finds an addition in two steps", async () => {
  const { SharedCounter } = await mutant<typeof import("../../sync/mod.ts")>(
    "sync/value/shared_counter.ts",
    [[
      `Atomics.add(this.#word, 0, toLong(delta, "add to counter", "delta")),`,
      `Atomics.store(
        this.#word,
        0,
        Atomics.load(this.#word, 0) + toLong(delta, "add to counter", "delta"),
      ) - toLong(delta, "add to counter", "delta"),`,
    ]],
  );
  await refuses("exception", adds([1, 1], SharedCounter));
  await refuses(
    "exception",
    calls([[["add", 1]], [["add", 2]]], SharedCounter),
  );
});
