/**
 * Model tests of `Knocks` and `EventCount.watch()`: threads wait for
 * tokens of two kinds, each with an event count. Bounds: two threads in all interleavings;
 * three in all interleavings, or within so many `preemptions` as are given. A
 * timeout expires only where `timeouts` is given.
 */

import { assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { EVENT_COUNT_SIZE, EventCount } from "../../sync/thread/event_count.ts";
import { KnockedTask, ownKnocks } from "../../sync/thread/knocks.ts";
import { LINE, type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import {
  becomeThread,
  type CurrentThread,
  SLICE,
} from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { crewOf, type Ending, explored } from "./program.ts";

type Events = Pick<
  typeof import("../../sync/thread/event_count.ts"),
  "EventCount"
>;
type Door = Pick<
  typeof import("../../sync/thread/knocks.ts"),
  "KnockedTask" | "ownKnocks"
>;

interface Modules {
  readonly events?: Events;
  readonly knocks?: Door;
}

interface Options extends Modules {
  /** How many of the event counts are waited for. */
  readonly arms?: number;
  readonly preemptions?: number;
  readonly timeouts?: number;
}

type Role = (at: Place, thread: ModelThread) => unknown;

/** Two counts of tokens, as a thread sees them. */
class Place {
  readonly counts: readonly [EventCount, EventCount];
  readonly #tokens: Int32Array;
  readonly knocks: Door;
  readonly #arms: number;

  constructor(slice: SharedSlice, modules: Modules, arms: number) {
    this.#arms = arms;
    const { EventCount: Count } = modules.events ?? { EventCount };
    const { buffer, byteOffset } = slice;
    const count = (k: number) =>
      new Count({ buffer, byteOffset: byteOffset + k * EVENT_COUNT_SIZE });
    this.counts = [count(0), count(1)];
    this.#tokens = wordsOf({
      buffer,
      byteOffset: byteOffset + 2 * EVENT_COUNT_SIZE,
    }, 2);
    this.knocks = modules.knocks ?? { KnockedTask, ownKnocks };
  }

  raise(which: 0 | 1): void {
    Atomics.add(this.#tokens, which, 1);
    this.counts[which].signal();
  }

  /** Takes a token. */
  look(): number | undefined {
    for (let which = 0; which < this.#arms; which++) {
      const tokens = Atomics.load(this.#tokens, which);
      if (tokens === 0) continue;
      const seen = Atomics.compareExchange(
        this.#tokens,
        which,
        tokens,
        tokens - 1,
      );
      if (seen === tokens) return which;
      which--;
    }
    return undefined;
  }

  watch(): void {
    const { index } = this.knocks.ownKnocks();
    for (const count of this.counts.slice(0, this.#arms)) count.watch(index);
  }
}

/** Waits for so many tokens. */
const selects = (times = 1): Role => (at) => {
  const knocks = at.knocks.ownKnocks();
  const seen: number[] = [];
  for (let k = 0; k < times; k++) {
    for (;;) {
      const count = knocks.count;
      at.watch();
      const which = at.look();
      if (which !== undefined) {
        seen.push(which);
        break;
      }
      knocks.wait(count, SLICE);
    }
  }
  return seen;
};

const selectsAsync = (abortable = false): Role => async (at, thread) => {
  const signal = abortable ? thread.signal() : undefined;
  using task = new at.knocks.KnockedTask(at.knocks.ownKnocks(), signal);
  for (;;) {
    task.begin();
    if (signal?.aborted) return "aborted";
    at.watch();
    const which = at.look();
    if (which !== undefined) return [which];
    await task.wait(SLICE);
  }
};

const raises = (...flags: (0 | 1)[]): Role => (at) => {
  for (const which of flags) at.raise(which);
};

/** Waits at the first event count itself, as queues do. */
const pops: Role = (at) =>
  at.counts[0].wait(() => at.look(), { action: "pop" });

interface Shared {
  readonly slice: SharedSlice;
}

function scene(
  roles: readonly Role[],
  { timeouts = 0, preemptions = Infinity, arms = 2, ...modules }: Options = {},
): Ending<Shared> {
  let crew: CurrentThread[] = [];
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      // So that the rows of the bits are not all the same.
      const all = crewOf(40);
      crew = [all[35]!, all[1]!, all[31]!];
      return { slice: allocate(2 * EVENT_COUNT_SIZE + LINE) };
    },
    threads: roles.map((role) => ({ slice }: Shared, thread: ModelThread) =>
      role(new Place(slice, modules, arms), thread)
    ),
    check: (_, results) => void ends.add(JSON.stringify(results)),
    timeouts,
    preemptions,
  };
}

async function proves(
  roles: readonly Role[],
  expected: readonly unknown[][],
  options: Options = {},
): Promise<void> {
  const program = scene(roles, options);
  await explored(program);
  assertEquals(
    [...program.ends].sort(),
    expected.map((end) => JSON.stringify(end)).sort(),
  );
}

Deno.test("EventCount.watch(): a signal of either knocks at who waits for both", async () => {
  await proves([selects(), raises(0)], [[[0], null]]);
  await proves([selects(), raises(1)], [[[1], null]]);
  await proves([selects(2), raises(0, 1)], [
    [[0, 1], null],
    [[1, 0], null],
  ]);
  await proves([selects(2), raises(1, 0)], [
    [[1, 0], null],
    [[0, 1], null],
  ]);
});

Deno.test("EventCount.watch(): two signals of two threads, none is missed", async () => {
  await proves([selects(2), raises(0), raises(1)], [
    [[0, 1], null, null],
    [[1, 0], null, null],
  ]);
});

Deno.test("EventCount.watch(): two wait for the same, each is knocked at", async () => {
  await proves([selects(), selects(), raises(0, 0)], [[[0], [0], null]], {
    preemptions: 1,
    arms: 1,
  });
});

Deno.test("EventCount.watch() beside a thread that waits at the event count itself", async () => {
  await proves([selects(), pops, raises(1, 0)], [
    [[0], 1, null],
    [[1], 0, null],
  ], { preemptions: 2 });
});

Deno.test("KnockedTask: a signal of either knocks at a task that waits for both", async () => {
  await proves([selectsAsync(), raises(1)], [[[1], null]]);
  await proves([selectsAsync(), raises(0, 1)], [[[0], null], [[1], null]]);
  await proves([selectsAsync(), raises(0), raises(1)], [
    [[0], null, null],
    [[1], null, null],
  ]);
});

Deno.test("KnockedTask: a cancelled task takes no wake-up from a thread", async () => {
  await proves([selectsAsync(true), selects(), raises(0, 1)], [
    [[0], [1], null],
    [[1], [0], null],
    ["aborted", [0], null],
    ["aborted", [1], null],
  ], { preemptions: 1 });
});

Deno.test("KnockedTask: tasks of one thread share a sleep", async () => {
  const both: Role = async (at, thread) =>
    await Promise.all([
      selectsAsync()(at, thread),
      selectsAsync()(at, thread),
    ]);
  await proves([both, raises(0, 1)], [
    [[[0], [1]], null],
    [[[1], [0]], null],
  ]);
});

Deno.test("Knocks.wait() ends after a slice", async () => {
  const once: Role = (at) => {
    const knocks = at.knocks.ownKnocks();
    at.watch();
    knocks.wait(knocks.count, SLICE);
    return at.look() ?? "late";
  };
  const program = {
    ...scene([once, raises(0)], { timeouts: 1 }),
    expireTimeouts: [0],
  };
  await explored(program);
  assertEquals([...program.ends].sort(), ['["late",null]', "[0,null]"]);
});

async function brokenCount(...edits: Edit[]): Promise<Options> {
  return { events: await mutant<Events>("sync/thread/event_count.ts", edits) };
}

async function brokenKnocks(...edits: Edit[]): Promise<Options> {
  return { knocks: await mutant<Door>("sync/thread/knocks.ts", edits) };
}

const TWO: readonly Role[] = [selects(2), raises(0), raises(1)];

Deno.test("EventCount.watch(): the checker finds a bit that is set too late", async () => {
  const late: Role = (at) => {
    const knocks = at.knocks.ownKnocks();
    for (;;) {
      const count = knocks.count;
      const which = at.look();
      if (which !== undefined) return which;
      at.watch();
      knocks.wait(count, SLICE);
    }
  };
  await refuses("deadlock", scene([late, raises(0)]));
});

Deno.test("EventCount.watch(): the checker finds knocks that are counted too late", async () => {
  const late: Role = (at) => {
    const knocks = at.knocks.ownKnocks();
    for (;;) {
      at.watch();
      const which = at.look();
      if (which !== undefined) return which;
      knocks.wait(knocks.count, SLICE);
    }
  };
  await refuses("deadlock", scene([late, raises(0)]));
});

Deno.test("EventCount.watch(): the checker finds a signal before its change", async () => {
  const early: Role = (at) => {
    at.counts[0].signal();
    at.raise(0);
  };
  await proves([selects(), early], [[[0], null]]);
  const wrong: Role = (at) => {
    at.counts[0].signal();
    // The change, of which nobody is told.
    const silent = at.counts[0].signal;
    at.counts[0].signal = () => {};
    at.raise(0);
    at.counts[0].signal = silent;
  };
  await refuses("deadlock", scene([selects(), wrong]));
});

Deno.test("EventCount.watch(): the checker finds each bit that is forgotten", async () => {
  for (
    const forgotten of [
      "this.#set(WATCHERS + row, 1 << (index & 31));",
      "this.#set(ROWS, 1 << row);",
      "this.#set(STATE, WATCHED);",
    ]
  ) {
    const program = scene(
      [selects(), raises(0)],
      await brokenCount([forgotten, ""]),
    );
    await refuses("deadlock", program);
  }
});

Deno.test("EventCount.watch(): the checker finds a bit that is set by load and store", async () => {
  const broken = await brokenCount([
    "Atomics.or(this.#words, at, bits);",
    "Atomics.store(this.#words, at, Atomics.load(this.#words, at) | bits);",
  ]);
  const program = scene([selects(), pops, raises(1, 0)], {
    ...broken,
    preemptions: 2,
  });
  await refuses("deadlock", program);
});

Deno.test("EventCount.watch(): the checker finds bits that are taken by load and store", async () => {
  const rows = await brokenCount([
    "let rows = Atomics.exchange(this.#words, ROWS, 0);",
    "let rows = Atomics.load(this.#words, ROWS); Atomics.store(this.#words, ROWS, 0);",
  ]);
  const bits = await brokenCount([
    "let bits = Atomics.exchange(this.#words, WATCHERS + row, 0);",
    "let bits = Atomics.load(this.#words, WATCHERS + row); Atomics.store(this.#words, WATCHERS + row, 0);",
  ]);
  const bound = { arms: 1, preemptions: 2 };
  await refuses(
    "deadlock",
    scene([selects(), raises(0, 0), selects()], { ...rows, ...bound }),
  );
  // Both have their bits in the same word.
  await refuses(
    "deadlock",
    scene([raises(0, 0), selects(), selects()], { ...bits, ...bound }),
  );
});

Deno.test("EventCount.watch(): the checker finds a mark that is cleared by load and store", async () => {
  const broken = await brokenCount([
    "seen = Atomics.compareExchange(words, STATE, state, next);",
    "Atomics.store(words, STATE, next);\n      seen = state;",
  ]);
  await refuses(
    "deadlock",
    scene([selects(), raises(0, 0), pops], {
      ...broken,
      arms: 1,
      preemptions: 2,
    }),
  );
});

Deno.test("EventCount.signal(): the checker finds one that gives up where others have come", async () => {
  const broken = await brokenCount([
    "} while (seen !== state);",
    "} while (false);",
  ], [
    "if ((state & ARMED) !== 0) {",
    "if (seen !== state) return;\n    if ((state & ARMED) !== 0) {",
  ]);
  const program = scene([selects(), pops, raises(1, 0)], {
    ...broken,
    preemptions: 2,
  });
  await refuses("deadlock", program);
});

Deno.test("EventCount.signal(): the checker finds a mark that is cleared last", async () => {
  // Who came meanwhile has a bit, and no mark that says so.
  const broken = await brokenCount([
    "& ~(ARMED | WATCHED);",
    "& ~ARMED;",
  ], [
    "knocks.tell(row << 5 | lowest(bits));\n    }",
    "knocks.tell(row << 5 | lowest(bits));\n    } Atomics.and(this.#words, STATE, ~WATCHED);",
  ]);
  await refuses("deadlock", scene([selects(2), raises(0, 0)], broken));
});

Deno.test("Knocks: the checker finds a knock without a count, and one without a wake-up", async () => {
  const add = "Atomics.add(this.records, at, 1);";
  const notify = "Atomics.notify(this.records, at);";
  await refuses("deadlock", scene(TWO, await tells([add, ""])));
  await refuses("deadlock", scene(TWO, await tells([notify, ""])));
  await refuses(
    "deadlock",
    scene(TWO, await tells([notify, ""], [add, notify + add])),
  );
});

/** Signallers use the broken door: the event count imports it. */
async function tells(...edits: Edit[]): Promise<Options> {
  return {
    events: await mutant<Events>("sync/thread/event_count.ts", [], {
      "sync/thread/knocks.ts": edits,
    }),
  };
}

Deno.test("KnockedTask: the checker finds a task that forgets to listen", async () => {
  await refuses(
    "deadlock",
    scene(
      [selectsAsync(), raises(0)],
      await brokenKnocks(["    knocks.listen(this.#told);\n", ""]),
    ),
  );
});

Deno.test("KnockedTask: the checker finds a thread that sleeps for its tasks only once", async () => {
  const broken = await brokenKnocks([
    "while (this.#tasks.size > 0) {",
    "if (this.#tasks.size > 0) {",
  ], ["    this.#sleeps = false;\n", ""]);
  const twice: Role = async (at, thread) => {
    await selectsAsync()(at, thread);
    await selectsAsync()(at, thread);
  };
  await refuses("deadlock", scene([twice, raises(0, 1)], broken));
});
