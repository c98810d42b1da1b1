import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { explore, type ModelThread } from "./explorer.ts";
import { refuses, type Words, words } from "./futex_mutex.ts";
import { type HistoryEvent, linearizable } from "./linearizable.ts";

type Input = readonly ["push", number] | readonly ["pop"];
type Output = number | null;
type Event = HistoryEvent<Input, Output>;

const queue = {
  init: [] as readonly number[],
  step: (state: readonly number[], input: Input) =>
    input[0] === "push"
      ? { state: [...state, input[1]], output: null as Output }
      : { state: state.slice(1), output: state[0] ?? null },
};

/** The history of a real queue: each call takes effect in its middle. */
function historyFrom(
  calls: readonly (readonly [push: boolean, at: number, span: number])[],
): Event[] {
  const state: number[] = [];
  return calls.map(([push, at, span], i) => ({ push, at, span, value: i }))
    .sort((a, b) => a.at - b.at || a.value - b.value)
    .map(({ push, span, value }, i) => {
      const output = push ? null : state.shift() ?? null;
      if (push) state.push(value);
      const input: Input = push ? ["push", value] : ["pop"];
      return { input, output, call: i - span, ret: i + span };
    });
}

const calls = fc.array(
  fc.tuple(
    fc.boolean(),
    fc.integer({ min: 0, max: 40 }),
    fc.double({ min: 0, max: 6, noNaN: true }),
  ),
  { maxLength: 40 },
);

Deno.test("linearizable() accepts each history of a queue", () => {
  fc.assert(fc.property(calls, (calls) => {
    assert(linearizable(historyFrom(calls), queue));
  }));
});

Deno.test("linearizable() refuses a value that is popped twice or never pushed", () => {
  fc.assert(fc.property(calls, fc.nat(), (calls, pick) => {
    const history = historyFrom(calls);
    const pops = history.filter((event) => event.input[0] === "pop");
    if (pops.length === 0) return;
    const broken = pops[pick % pops.length]!;
    const other = pops.find((event) => event.output !== null);
    const output = other && other !== broken ? other.output : 1000;
    assert(
      !linearizable(
        history.map((event) => event === broken ? { ...event, output } : event),
        queue,
      ),
    );
  }));
});

Deno.test("linearizable() keeps the order of calls that do not overlap", () => {
  const history = (call: number): Event[] => [
    { input: ["push", 1], output: null, call: 0, ret: 2 },
    { input: ["push", 2], output: null, call, ret: 4 },
    { input: ["pop"], output: 2, call: 5, ret: 6 },
  ];
  assertEquals(linearizable(history(3), queue), false);
  assertEquals(linearizable(history(1), queue), true);
});

Deno.test("linearizable() lets a call that never returned take effect or not", () => {
  const history = (output: Output): Event[] => [
    { input: ["push", 1], output: null, call: 0, ret: Infinity },
    { input: ["pop"], output, call: 5, ret: 6 },
  ];
  assert(linearizable(history(1), queue));
  assert(linearizable(history(null), queue));
  assert(!linearizable(history(2), queue));
});

const counter = {
  init: 0,
  step: (state: number, input: unknown) =>
    input === "add"
      ? { state: state + 1, output: state }
      : { state, output: state },
};

/** Word 1 is the count. */
function addsAndReads(add: (w: Words) => number) {
  return (w: Words, thread: ModelThread) => {
    thread.call("add", () => add(w));
    thread.call("read", () => Atomics.load(w, 1));
  };
}

Deno.test("explore() records histories that linearizable() accepts", async () => {
  for (const reduce of [true, false]) {
    await explore({
      setup: words(2),
      threads: [0, 1].map(() => addsAndReads((w) => Atomics.add(w, 1, 1))),
      check: (_, __, history) => {
        assertEquals(history.length, 4);
        assert(linearizable(history, counter));
      },
      reduce,
    });
  }
});

Deno.test("explore() keeps schedules that differ in the order of calls only", async () => {
  // The reader looks at the wrong word. No step depends on another, so that
  // only the order in real time shows it: the read is wrong if it comes last,
  // which is not the order that is tried first.
  for (const reduce of [true, false]) {
    await refuses("exception", {
      setup: words(3),
      threads: [
        (w, thread) => thread.call("read", () => Atomics.load(w, 2)),
        (w, thread) => thread.call("add", () => Atomics.add(w, 1, 1)),
      ],
      check: (_, __, history) => assert(linearizable(history, counter)),
      reduce,
    });
  }
});

Deno.test("explore() records async calls", async () => {
  await explore({
    setup: words(2),
    threads: [0, 1].map(() => async (w: Words, thread: ModelThread) => {
      const value = await thread.call("add", async () => {
        await null;
        return Atomics.add(w, 1, 1);
      });
      assert(value < 2);
    }),
    check: (_, __, history) => assert(linearizable(history, counter)),
  });
});
