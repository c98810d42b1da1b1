/**
 * Model tests of `SharedCell`. Bounds: two threads with up to four calls each and
 * three with one or two, in all interleavings, or within so many `preemptions` as
 * are given. Records of one and two words; versions from 0 and
 * up to 2^32. There is no async door.
 */

import { assert, assertEquals } from "@std/assert";
import { LINE, wordsOf } from "../../sync/memory/memory.ts";
import type { RecordSource } from "../../sync/record/record.ts";
import {
  SharedCell,
  type SharedCellHandle,
} from "../../sync/value/shared_cell.ts";
import { struct } from "../../sync/record/struct.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { linearizable, type SequentialModel } from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import {
  crewOf,
  type Ending,
  endsInSeveralWays as holds,
  explored,
  exploredEnds,
  markLost,
} from "./program.ts";

type Module = Pick<
  typeof import("../../sync/value/shared_cell.ts"),
  "SharedCell"
>;
const ORIGINAL: Module = { SharedCell };

/** Words that belong together: who mixes two records up finds out. */
const Twin = struct({ a: "i32", b: "f32" });
type Twin = { a: number; b: number };

const VERSION = LINE / 4;

/** All records are named by one number. */
type Call =
  | readonly ["load"]
  | readonly ["store" | "exchange", number]
  | readonly ["compareExchange", number, number]
  /** Adds so much. */
  | readonly ["update", number];

const register: SequentialModel<number, unknown, unknown> = {
  init: 1,
  step: (state, input) => {
    const [name, first = 0, second = 0] = input as readonly [
      string,
      number?,
      number?,
    ];
    switch (name) {
      case "load":
        return { state, output: state };
      case "store":
        return { state: first, output: undefined };
      case "exchange":
        return { state: first, output: state };
      case "update":
        return { state: state + first, output: state + first };
      default:
        return state === first
          ? { state: second, output: true }
          : { state, output: false };
    }
  },
};

/** How records of a form are named by numbers. */
interface Naming<T> {
  readonly record: RecordSource<T>;
  of(number: number): T;
  /** Throws if it is none. */
  name(record: T): number;
}

const TWINS: Naming<Twin> = {
  record: Twin,
  of: (number) => ({ a: number, b: -number }),
  name: ({ a, b }) => {
    assert(b === -a, `torn: ${a} ${b}`);
    return a;
  },
};
const WORDS: Naming<number> = {
  record: "i32",
  of: (number) => number,
  name: (record) => record,
};
const DOUBLES: Naming<number> = { ...WORDS, record: "f64" };

let crew: CurrentThread[] = [];

interface Options<T> {
  readonly naming?: Naming<T>;
  /** The version at the start. */
  readonly version?: number;
  readonly module?: Module;
  readonly preemptions?: number;
  /** After how many operations the first thread is lost. */
  readonly lost?: number;
}

function callOn<T>(cell: SharedCell<T>, call: Call, naming: Naming<T>) {
  switch (call[0]) {
    case "load":
      return naming.name(cell.load());
    case "store":
      return cell.store(naming.of(call[1]));
    case "exchange":
      return naming.name(cell.exchange(naming.of(call[1])));
    case "compareExchange":
      return cell.compareExchange(naming.of(call[1]), naming.of(call[2]));
    case "update":
      return naming.name(
        cell.update((record) => naming.of(naming.name(record) + call[1])),
      );
  }
}

/** Threads that call; every history must be one of a register, rest included. */
function calls<T = Twin>(
  threads: readonly (readonly Call[])[],
  options: Options<T> = {},
): Ending<SharedCellHandle<T>> {
  const { module = ORIGINAL, lost } = options;
  const naming = options.naming ?? TWINS as unknown as Naming<T>;
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      const { handle } = new module.SharedCell(naming.record, naming.of(1));
      const { version = 0 } = options;
      const words = wordsOf(handle, VERSION + 1);
      Atomics.store(words, VERSION, (version - version % 4) | 0);
      const cell = module.SharedCell.from(handle);
      for (let k = 0; k < version % 4; k++) cell.store(naming.of(1));
      return handle;
    },
    threads: threads.map((list, k) => {
      const body = (handle: SharedCellHandle<T>, thread: ModelThread) => {
        const cell = module.SharedCell.from(handle);
        return list.map((call) =>
          thread.call(call, () => callOn(cell, call, naming))
        );
      };
      return k > 0 || lost === undefined ? body : mortal(
        lost,
        body,
        (thread) => markLost(crew[thread]!),
      );
    }),
    check: (handle, results, history) => {
      becomeThread(crew[3]!);
      const cell = module.SharedCell.from(handle);
      const all = history.map((event) =>
        event.output === undefined && event.thread === 0 &&
          results[0] === "lost"
          ? { ...event, ret: Infinity }
          : event
      );
      const end = Math.max(
        0,
        ...all.map(({ ret }) => ret).filter(Number.isFinite),
      );
      const last = naming.name(cell.load());
      all.push({
        thread: 3,
        call: end + 1,
        ret: end + 2,
        input: ["load"],
        output: last,
      });
      assert(linearizable(all, register), JSON.stringify(all));
      // And whoever was lost, it goes on.
      cell.store(naming.of(100));
      assertEquals(naming.name(cell.exchange(naming.of(101))), 100);
      ends.add(JSON.stringify([results, last]));
    },
    // A loss wakes nobody: it is noticed at the end of a slice.
    timeouts: lost === undefined ? 0 : 1,
    expireTimeouts: lost === undefined ? [] : [1, 2],
    preemptions: options.preemptions ?? Infinity,
  };
}

const LOAD: Call = ["load"];
const STORES: readonly Call[] = [2, 3, 4, 5].map((k) => ["store", k]);

Deno.test("SharedCell: a reader and a writer are linearizable, and no record is torn (U20)", async () => {
  await holds(calls([STORES, [LOAD]]));
  await holds(calls([STORES.slice(0, 2), [LOAD, LOAD]]));
  await holds(calls([STORES, [LOAD]], { naming: WORDS }));
  await holds(calls([STORES, [LOAD]], { naming: DOUBLES }));
});

Deno.test("SharedCell: two writers are linearizable", async () => {
  const options = { naming: DOUBLES };
  await holds(calls([[["store", 2], LOAD], [["store", 3], LOAD]], options));
  await holds(calls([[["exchange", 2]], [["exchange", 3]]]));
  await holds(calls([[["update", 10]], [["update", 100]]], options));
  await holds(
    calls([[["compareExchange", 1, 2]], [["compareExchange", 1, 3]]]),
  );
  await holds(
    calls([[["compareExchange", 1, 2]], [["store", 3], ["store", 1]]], options),
  );
  await holds(
    calls([[["update", 10]], [["store", 3], ["store", 1]]], options),
  );
});

Deno.test("SharedCell: three threads are linearizable", async () => {
  await holds(
    calls([[["store", 2]], [["exchange", 3]], [LOAD, LOAD]], {
      preemptions: 2,
      naming: DOUBLES,
    }),
  );
  await holds(
    calls([[["update", 10]], [["compareExchange", 1, 2]], [["update", 100]]], {
      preemptions: 2,
      naming: WORDS,
    }),
  );
  await explored(
    calls([[["store", 2]], [["store", 3]], [["store", 4]]], {
      preemptions: 3,
      naming: WORDS,
    }),
  );
});

Deno.test("SharedCell: the version may pass 2^31 and 2^32", async () => {
  for (const wrap of [2 ** 31, 2 ** 32]) {
    for (const before of [1, 2, 3]) {
      await holds(
        calls([STORES, [LOAD]], { naming: WORDS, version: wrap - before }),
      );
    }
    await holds(
      calls([[["update", 10], ["update", 20]], [["exchange", 3]]], {
        naming: WORDS,
        version: wrap - 1,
      }),
    );
  }
});

Deno.test("SharedCell: a writer lost at any step blocks nobody and leaves the old or the new record", async () => {
  const dying: readonly Call[] = [
    ["store", 2],
    ["exchange", 2],
    ["compareExchange", 1, 2],
    ["update", 1],
  ];
  const others: readonly (readonly Call[])[] = [
    [LOAD, LOAD],
    [["store", 3], LOAD],
    [["update", 10]],
  ];
  for (const call of dying) {
    for (const other of others) {
      const ends = new Set<string>();
      let dies = true;
      for (let lost = 1; dies; lost++) {
        const options = { lost, naming: DOUBLES, preemptions: 1 };
        const program = calls([[call], other], options);
        const ended = await exploredEnds(program);
        dies = ended.some((end) => end.includes("lost"));
        ended.forEach((end) => end.includes("lost") && ends.add(end));
        assert(lost < 40);
      }
      // It was lost before it took effect, and after that; who stores cannot tell.
      const tells = other[0]![0] !== "store";
      assert(!tells || ends.size > 1, [...ends].join());
    }
  }
});

Deno.test("SharedCell: two writers and a third one that is lost", async () => {
  for (let lost = 3; lost < 9; lost++) {
    await explored(
      calls([[["store", 2]], [["store", 3]], [["exchange", 4]]], {
        lost,
        naming: WORDS,
        preemptions: 1,
      }),
    );
  }
});

/** A cell with mistakes. */
function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/value/shared_cell.ts", edits);
}

/** A cell whose lock has mistakes. */
function brokenLock(...edits: Edit[]): Promise<Module> {
  return mutant("sync/value/shared_cell.ts", [], {
    "sync/value/writer_lock.ts": edits,
  });
}

Deno.test("SharedCell: the checker finds a reader that does not look at the version again", async () => {
  const module = await broken([
    "if ((now - version) >>> 0 < COPIES - 1) return version;",
    "if (now === now) return version;",
  ]);
  await refuses("exception", calls([STORES, [LOAD]], { module }));
});

Deno.test("SharedCell: the checker finds a reader that is content a version too late", async () => {
  const module = await broken([
    "(now - version) >>> 0 < COPIES - 1",
    "(now - version) >>> 0 < COPIES",
  ]);
  await refuses("exception", calls([STORES, [LOAD]], { module }));
});

Deno.test("SharedCell: the checker finds versions that are compared as they are", async () => {
  const module = await broken([
    "(now - version) >>> 0 < COPIES - 1",
    "now - version < COPIES - 1",
  ]);
  await refuses(
    "exception",
    calls([STORES, [LOAD]], { module, version: 2 ** 31 - 1 }),
  );
});

Deno.test("SharedCell: the checker finds a writer that fills the copy that is read", async () => {
  const module = await broken([
    "this.#write(next);\n    // From",
    "this.#write(next - 1);\n    // From",
  ]);
  await refuses("exception", calls([STORES, [LOAD]], { module }));
});

Deno.test("SharedCell: the checker finds a version that is stored before the record", async () => {
  const module = await broken(
    [
      "this.#write(next);\n    // From",
      "Atomics.store(this.#words, VERSION, next);\n    this.#write(next);\n    // From",
    ],
    [
      "// From here on it is the record.\n    Atomics.store(this.#words, VERSION, next);",
      "",
    ],
  );
  await refuses("exception", calls([STORES, [LOAD]], { module }));
});

Deno.test("SharedCell: the checker finds records that are stored without Atomics", async () => {
  const module = await broken([
    "Atomics.store(this.#words, start + k, next[k]!);",
    "this.#words[start + k] = next[k]!;",
  ]);
  await refuses("data race", calls([STORES, [LOAD]], { module }));
});

Deno.test("SharedCell: the checker finds a writer that takes no lock", async () => {
  const module = await broken([
    'this.#prepare("store record", value, this.#next);\n    this.#lock.take();\n    this.#replace();\n    this.#lock.give();',
    'this.#prepare("store record", value, this.#next);\n    this.#replace();',
  ]);
  await refuses(
    "exception",
    calls([[["store", 2], LOAD], [["store", 3], LOAD]], { module }),
  );
});

Deno.test("SharedCell: the checker finds an exchange that reads before its lock", async () => {
  const module = await broken([
    "this.#lock.take();\n    this.#copy(Atomics.load(this.#words, VERSION));\n    this.#replace();",
    "this.#copy(Atomics.load(this.#words, VERSION));\n    this.#lock.take();\n    this.#replace();",
  ]);
  await refuses(
    "exception",
    calls([[["exchange", 2]], [["exchange", 3]]], { module }),
  );
});

Deno.test("SharedCell: the checker finds an update that does not look again", async () => {
  const module = await broken([
    "const unchanged = Atomics.load(this.#words, VERSION) === version;",
    "const unchanged = version === version;",
  ]);
  await refuses(
    "exception",
    calls([[["update", 10]], [["update", 100]]], { module }),
  );
});

Deno.test("SharedCell: the checker finds a comparison that does not look again", async () => {
  const module = await broken([
    "const found = this.#isFound(wanted);",
    "const found = true;",
  ]);
  await refuses(
    "exception",
    calls([[["compareExchange", 1, 2]], [["compareExchange", 1, 3]]], {
      module,
    }),
  );
});

const WRITERS: readonly (readonly Call[])[] = [
  [["exchange", 2]],
  [["exchange", 3]],
];

Deno.test("SharedCell: the checker finds a lock that is taken by load and store", async () => {
  const module = await brokenLock([
    "if (\n      Atomics.compareExchange(this.#words, this.#index, 0, this.#me) !== 0\n    ) this.#takeSlowly();",
    "if (Atomics.load(this.#words, this.#index) !== 0) this.#takeSlowly();\n    else Atomics.store(this.#words, this.#index, this.#me);",
  ]);
  await refuses("exception", calls(WRITERS, { module }));
});

Deno.test("SharedCell: the checker finds a lock that wakes before it is free", async () => {
  const module = await brokenLock([
    "if (Atomics.compareExchange(this.#words, this.#index, mine, 0) === mine) {\n      Atomics.notify(this.#words, this.#index, 1);\n    }",
    "Atomics.notify(this.#words, this.#index, 1);\n    Atomics.compareExchange(this.#words, this.#index, mine, 0);",
  ]);
  await refuses("deadlock", calls(WRITERS, { module }));
});

Deno.test("SharedCell: the checker finds a woken writer that forgets the others", async () => {
  const module = await brokenLock([
    "const next = isFree ? this.#me | CONTENDED : seen | CONTENDED;",
    "const next = isFree ? this.#me : seen | CONTENDED;",
  ]);
  await refuses(
    "deadlock",
    calls([...WRITERS, [["exchange", 4]]], { module, preemptions: 3 }),
  );
});

Deno.test("SharedCell: the checker finds a writer that does not look for a lost one", async () => {
  const module = await brokenLock([
    "owner === this.#me ||\n        !this.#threads.isLive(owner);",
    "owner === this.#me;",
  ]);
  await refuses(
    "livelock",
    calls([[["store", 2]], [["store", 3]]], { module, lost: 3 }),
  );
});
