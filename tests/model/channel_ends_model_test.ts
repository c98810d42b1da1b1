/**
 * Model tests of `Ends`. Bounds: two threads that open and close, and one that
 * looks, in all interleavings; three of them
 * within 2 preemptions; a thread lost in front of any of its operations.
 */

import { assert, assertEquals } from "@std/assert";
import { Ends, endsSize } from "../../sync/channel/ends.ts";
import { allocate } from "../../sync/memory/arena.ts";
import { type SharedSlice, wordsOf } from "../../sync/memory/memory.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { explore, type ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { linearizable, type SequentialModel } from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import {
  crewOf,
  type Ending,
  endsInSeveralWays as holds,
  explored,
  markLost,
} from "./program.ts";

type Module = Pick<typeof import("../../sync/channel/ends.ts"), "Ends">;
const ORIGINAL: Module = { Ends };

const MOST = 2;

type Call = "open" | "close" | "look" | "shut" | "isGone";

interface Side {
  readonly open: number;
  readonly had: boolean;
  readonly gone: boolean;
}

/**
 * What a side does, one call at a time. Who made it gone is not a matter of order:
 * a call may leave that to one that has begun.
 */
const MODEL: SequentialModel<Side, unknown, unknown> = {
  init: { open: 0, had: false, gone: false },
  step: (side, call) => {
    switch (call as Call) {
      case "open":
        if (side.gone) return { state: side, output: false };
        return {
          state: { ...side, open: side.open + 1, had: true },
          output: true,
        };
      case "close": {
        const open = side.open - 1;
        return {
          state: { ...side, open, gone: side.gone || open === 0 },
          output: undefined,
        };
      }
      case "shut":
        return { state: { ...side, gone: true }, output: undefined };
      default:
        return { state: side, output: side.gone };
    }
  },
};

let crew: CurrentThread[] = [];

/** A side that so many threads have opened ends of, and the threads. */
function sideOf(module: Module, opens: number): SharedSlice {
  crew = crewOf(4);
  const slice = allocate(endsSize(MOST));
  if (opens > 0) Atomics.store(wordsOf(slice, 1), 0, opens << 1);
  becomeThread(crew[3]!);
  new module.Ends(slice, MOST);
  return slice;
}

/** Calls in their order; each close is of the end that was opened last. */
function run(
  module: Module,
  calls: readonly Call[],
): (slice: SharedSlice, thread: ModelThread) => unknown {
  return (slice, thread) => {
    const ends = new module.Ends(slice, MOST);
    const entries: number[] = [];
    return calls.map((call) => {
      // Nobody closes what was refused.
      if (call === "close" && entries.length === 0) return "none";
      return thread.call(call, () => {
        switch (call) {
          case "open": {
            const entry = ends.open();
            if (entry !== undefined) entries.push(entry);
            return entry !== undefined;
          }
          case "close":
            return ends.close(entries.pop()!);
          case "isGone":
            return ends.isGone;
          default:
            return ends[call]();
        }
      });
    });
  };
}

/** Threads that call; every history must be one of a side. */
function calls(
  threads: readonly (readonly Call[])[],
  module: Module = ORIGINAL,
  opens = 0,
  preemptions = Infinity,
): Ending<SharedSlice> {
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => sideOf(module, opens),
    threads: threads.map((list) => run(module, list)),
    check: (slice, results, history) => {
      becomeThread(crew[3]!);
      const makers = history.filter(({ input, output }) =>
        (input === "close" || input === "shut") && output === true
      );
      const looked = history.some(({ input }) => input === "look");
      assert(makers.length === 1 || looked, JSON.stringify(history));
      const ordered = history.map((event) =>
        event.input === "close" || event.input === "shut"
          ? { ...event, output: undefined }
          : event
      );
      assert(linearizable(ordered, MODEL), JSON.stringify(history));
      const side = new module.Ends(slice, MOST);
      assertEquals(side.count, 0);
      assert(side.look());
      ends.add(JSON.stringify(results));
    },
    timeouts: 0,
    preemptions,
  };
}

const OPEN_CLOSE: readonly Call[] = ["open", "close"];
/** Nobody may say that the side is gone while an end is open. */
const OPEN: readonly Call[] = ["open", "isGone", "close"];

Deno.test("Ends: one that opens and one that closes last are linearizable", async () => {
  await holds(calls([OPEN, OPEN]));
  await holds(calls([OPEN_CLOSE, ["open", "close", "open", "close"]]));
  await holds(calls([OPEN_CLOSE, ["open", "look", "close"]]));
});

Deno.test("Ends: three threads are linearizable", async () => {
  for (const third of ["isGone", "shut", "look"] as const) {
    await holds(calls([OPEN_CLOSE, OPEN_CLOSE, [third]], ORIGINAL, 0, 2));
  }
});

Deno.test("Ends: the count of opens may wrap, and is never 0 again", async () => {
  for (const opens of [0x7ffffffe, 0x7fffffff]) {
    await holds(calls([OPEN_CLOSE, OPEN_CLOSE], ORIGINAL, opens));
  }
});

Deno.test("Ends: a thread lost at any step of open() or close() keeps no side alive", async () => {
  let lost = 0;
  // Until the thread comes to its end.
  for (let steps = 0;; steps++) {
    const ends = new Set<unknown>();
    await explored<SharedSlice>({
      enter: (thread) => becomeThread(crew[thread]!),
      setup: () => sideOf(ORIGINAL, 0),
      threads: [
        mortal(
          steps,
          run(ORIGINAL, OPEN_CLOSE),
          (thread) => markLost(crew[thread]!),
        ),
        (slice, thread) => {
          const side = new Ends(slice, MOST);
          const entry = side.open();
          if (entry === undefined) return "refused";
          // Nobody may say that the side is gone while this end is open.
          const early = thread.call("isGone", () => side.isGone);
          side.close(entry);
          return early;
        },
      ],
      check: (slice, [first, second]) => {
        becomeThread(crew[3]!);
        const side = new Ends(slice, MOST);
        assert(second === false || second === "refused");
        assertEquals(side.count, 0);
        assert(side.look());
        ends.add(first === "lost");
      },
      timeouts: 0,
      preemptions: Infinity,
    });
    if (!ends.has(true)) break;
    lost++;
  }
  assert(lost > 5);
});

Deno.test("Ends.look() says nothing before an end was opened, and finds a lost one", async () => {
  await explore<SharedSlice>({
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => sideOf(ORIGINAL, 0),
    threads: [(slice) => {
      const side = new Ends(slice, MOST);
      assertEquals(side.look(), false);
      side.open();
      assertEquals(side.look(), false);
      markLost(crew[0]!);
      assertEquals(side.look(), true);
      assertEquals(side.open(), undefined);
    }],
  });
});

function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/channel/ends.ts", edits);
}

function brokenEntries(...edits: Edit[]): Promise<Module> {
  return mutant("sync/channel/ends.ts", [], {
    "sync/channel/end_entries.ts": edits,
  });
}

Deno.test("Ends: the checker finds a side that goes while it is opened", async () => {
  // Whoever scanned before the entry was taken has the last word.
  const module = await broken([
    "Atomics.compareExchange(words, STATE, state, next << 1) === state",
    "true || next",
  ]);
  await refuses("exception", calls([OPEN, OPEN], module));
});

Deno.test("Ends: the checker finds a side that is not scanned anew", async () => {
  const module = await broken([
    "Atomics.compareExchange(words, STATE, state, state | GONE) === state",
    "(Atomics.or(words, STATE, GONE) & GONE) === 0",
  ]);
  await refuses("exception", calls([OPEN, OPEN], module));
});

Deno.test("Ends: the checker finds an end that is counted before it is there", async () => {
  const module = await broken(
    ["    const entry = this.#take();\n", ""],
    [
      "state, next << 1) === state\n      ) return entry;",
      "state, next << 1) === state\n      ) return this.#take();",
    ],
    [
      "        Atomics.compareExchange(words, ENTRIES + entry, this.#me, 0);\n",
      "",
    ],
  );
  await refuses("exception", calls([OPEN, OPEN], module));
});

Deno.test("Ends: the checker finds an entry that is taken by load and store", async () => {
  const module = await brokenEntries([
    "Atomics.compareExchange(words, ENTRIES + entry, holder, id) === holder",
    "(Atomics.store(words, ENTRIES + entry, id), true)",
  ]);
  await refuses("exception", calls([OPEN, OPEN], module));
});

Deno.test("Ends: the checker finds a scan that stops short", async () => {
  const module = await brokenEntries(
    [
      "    if (Atomics.load(words, USED) === entry) {\n      Atomics.compareExchange(words, USED, entry, entry + 1);\n    }\n",
      "",
    ],
    [
      "holder, id) === holder\n    ) return entry;",
      "holder, id) === holder\n    ) {\n      if (Atomics.load(words, USED) === entry) Atomics.store(words, USED, entry + 1);\n      return entry;\n    }",
    ],
  );
  await refuses(
    "exception",
    calls([OPEN, OPEN], module),
  );
});

Deno.test("Ends: the checker finds an opener that comes after the end", async () => {
  const module = await broken([
    "      if ((state & GONE) !== 0) {\n        Atomics.compareExchange(words, ENTRIES + entry, this.#me, 0);\n        return undefined;\n      }\n",
    "",
  ]);
  await refuses("exception", calls([OPEN, OPEN], module));
});
