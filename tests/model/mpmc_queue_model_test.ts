/**
 * Model tests of `MpmcQueue`. Bounds: two threads with up to three calls each and
 * three with one or two, in all interleavings, or within so many `preemptions` as
 * are given. Capacities of 1 and 2; positions from 0 and near 2^30, 2^31, 2^32.
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { EVENT_COUNT_SIZE } from "../../sync/thread/event_count.ts";
import { LINE, wordsOf } from "../../sync/memory/memory.ts";
import { MpmcQueue } from "../../sync/queue/mpmc_queue.ts";
import type { MpmcQueueHandle } from "../../sync/queue/mpmc_queue_memory.ts";
import type { RecordKind } from "../../sync/record/record.ts";
import { struct } from "../../sync/record/struct.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { callsBy, drained, withRest } from "./calls.ts";
import { explore, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { linearizable, type SequentialModel } from "./linearizable.ts";
import {
  crewOf,
  type Ending,
  endsInSeveralWays as holds,
  explored,
  markLost,
} from "./program.ts";
import { SLOT_MISTAKES } from "./slot_mistakes.ts";

type Module = Pick<
  typeof import("../../sync/queue/mpmc_queue.ts"),
  "MpmcQueue"
>;
const ORIGINAL: Module = { MpmcQueue };

const HEAD = (LINE + 2 * EVENT_COUNT_SIZE) / 4;
const TAIL = HEAD + LINE / 4;
const SLOTS = TAIL + LINE / 4;

type Call =
  | readonly ["tryPush" | "forcePush" | "push" | "pushAsync", number]
  | readonly ["tryPop" | "pop" | "popAsync"];

/** What a queue does, one call at a time; a door returns when it can. */
function modelOf(
  capacity: number,
  initial: readonly number[],
): SequentialModel<readonly number[], unknown, unknown> {
  return {
    init: initial,
    step: (state, input) => {
      const [name, value] = input as Call;
      switch (name) {
        case "tryPop":
          return { state: state.slice(1), output: state[0] };
        case "pop":
        case "popAsync":
          return { state: state.slice(1), output: state[0] ?? "waits" };
        case "forcePush":
          if (state.length < capacity) {
            return { state: [...state, value!], output: undefined };
          }
          return { state: [...state.slice(1), value!], output: state[0] };
        default: {
          const output = name === "tryPush" ? false : "waits";
          if (state.length === capacity) return { state, output };
          const done = name === "tryPush" ? true : undefined;
          return { state: [...state, value!], output: done };
        }
      }
    },
  };
}

interface Options {
  readonly record?: RecordKind;
  readonly capacity?: number;
  /** Where the positions start. */
  readonly position?: number;
  /** What is in the queue at the start. */
  readonly initial?: readonly number[];
  readonly module?: Module;
  readonly preemptions?: number;
  readonly timeouts?: number;
  readonly expireTimeouts?: readonly number[];
}

let crew: CurrentThread[] = [];

/** A queue and the threads that will use it. */
function queueAt(options: Options): MpmcQueueHandle {
  const { capacity = 2, position = 0, record = "i32" } = options;
  crew = crewOf(4);
  becomeThread(crew[3]!);
  const queue = new (options.module ?? ORIGINAL).MpmcQueue(record, capacity);
  const words = wordsOf(queue.handle, SLOTS + 4 * capacity);
  Atomics.store(words, HEAD, position | 0);
  Atomics.store(words, TAIL, position | 0);
  for (let k = 0; k < capacity; k++) {
    const at = SLOTS + 4 * ((position + k) % capacity);
    const stamp = (2 * (position + k)) % 2 ** 31;
    words[at + 1] = stamp;
    Atomics.store(words, at, stamp);
  }
  for (const value of options.initial ?? []) assert(queue.tryPush(value));
  return queue.handle;
}

function callOn(queue: MpmcQueue, call: Call): unknown {
  switch (call[0]) {
    case "tryPop":
    case "pop":
      return queue[call[0]]();
    case "popAsync":
      return queue.popAsync();
    default:
      return queue[call[0]](call[1]);
  }
}

/** Threads that call; every history must be one of a queue, rest included. */
function calls(
  threads: readonly (readonly Call[])[],
  options: Options = {},
): Ending<MpmcQueueHandle> {
  const { module = ORIGINAL, capacity = 2, initial = [] } = options;
  type State = readonly number[];
  return callsBy<MpmcQueueHandle, MpmcQueue, Call, State>(threads, {
    ...options,
    crew: () => crew,
    setup: () => queueAt(options),
    attach: (handle) => module.MpmcQueue.from(handle),
    callOn,
    isAsync: ([name]) => name.endsWith("Async"),
    model: modelOf(capacity, initial),
    pop: ["tryPop"],
    most: capacity,
  });
}

const PUSHES: readonly Call[] = [["tryPush", 1], ["tryPush", 2]];
const POPS: readonly Call[] = [["tryPop"], ["tryPop"]];

Deno.test("MpmcQueue: a producer and a consumer are linearizable", async () => {
  await holds(calls([PUSHES, POPS]));
  await holds(calls([PUSHES, POPS], { capacity: 1 }));
  await holds(calls([[...PUSHES, ["tryPush", 3]], POPS], { initial: [7] }));
  await holds(calls([PUSHES, [...POPS, ["tryPop"]]], { initial: [7, 8] }));
});

Deno.test("MpmcQueue: two that do the same are linearizable", async () => {
  await holds(calls([PUSHES, [["tryPush", 3], ["tryPop"]]]));
  await explored(calls([[["tryPush", 1]], [["tryPush", 2]]]));
  await holds(calls([POPS, [["tryPop"]]], { initial: [7, 8] }));
  await holds(
    calls([[["tryPush", 1], ["tryPop"]], [["tryPush", 2], ["tryPop"]]], {
      capacity: 1,
    }),
  );
});

Deno.test("MpmcQueue: records of two words are not torn", async () => {
  const options = { record: "f64", capacity: 1 } as const;
  await holds(
    calls([[["tryPush", -0.1], ["tryPush", 1e300]], POPS], options),
  );
  await holds(
    calls([[["forcePush", -0.1]], POPS], { ...options, initial: [Math.PI] }),
  );
});

const Pair = struct({ a: "i32", b: "f64" });
const pairOf = (number: number) => ({ a: number, b: -number / 2 });

Deno.test("MpmcQueue: structs are whole, whoever puts them in and out", async () => {
  const numberOf = (pair: ReturnType<typeof pairOf> | undefined) => {
    if (pair === undefined) return undefined;
    assertEquals(pair, pairOf(pair.a));
    return pair.a;
  };
  const ends = new Set<string>();
  for (const preemptions of [Infinity, 2]) {
    const pops = (handle: MpmcQueueHandle<ReturnType<typeof pairOf>>) => {
      const queue = MpmcQueue.from(handle);
      const into = pairOf(0);
      return [numberOf(queue.tryPop(into)), numberOf(queue.tryPop())];
    };
    const { complete } = await explore({
      enter: (thread) => becomeThread(crew[thread]!),
      setup: () => {
        queueAt({});
        const queue = new MpmcQueue(Pair, 1);
        queue.push(pairOf(1));
        return queue.handle;
      },
      threads: [
        (handle) => {
          const queue = MpmcQueue.from(handle);
          const oldest = numberOf(queue.forcePush(pairOf(2), pairOf(0)));
          return [queue.tryPush(pairOf(3)) ? 0 : 3, oldest];
        },
        pops,
        ...preemptions === 2 ? [pops] : [],
      ],
      check: (handle, results) => {
        const rest = numberOf(MpmcQueue.from(handle).tryPop());
        // Each is there once: gone, not let in, taken, or left.
        const all = [...(results as number[][]).flat(), rest];
        const numbers = all.filter((number) => (number ?? 0) > 0);
        assertEquals(numbers.toSorted(), [1, 2, 3]);
        ends.add(JSON.stringify(results));
      },
      timeouts: 0,
      preemptions,
    });
    assert(complete);
  }
  assert(ends.size > 5);
});

Deno.test("MpmcQueue: positions may pass 2^31 and 2^32", async () => {
  for (const position of [2 ** 30, 2 ** 31, 2 ** 32]) {
    for (const before of [1, 2]) {
      const options = { position: position - before, initial: [7] };
      await holds(calls([PUSHES, POPS], options));
      await holds(calls([[["forcePush", 1]], POPS], options));
    }
  }
});

Deno.test("MpmcQueue.forcePush() takes out and puts in at one moment", async () => {
  await holds(calls([[["forcePush", 1]], POPS], { initial: [7, 8] }));
  await holds(calls([[["forcePush", 1]], PUSHES], { initial: [7] }));
  await holds(
    calls([[["forcePush", 1], ["forcePush", 2]], [["forcePush", 3]]], {
      initial: [7],
      preemptions: 3,
    }),
  );
  await holds(
    calls([[["forcePush", 1], ["forcePush", 2]], [["tryPop"], [
      "tryPush",
      3,
    ]]], {
      capacity: 1,
      initial: [7],
      preemptions: 3,
    }),
  );
});

Deno.test("MpmcQueue: three threads are linearizable", async () => {
  await holds(
    calls([[["tryPush", 1]], [["tryPush", 2]], POPS], {
      preemptions: 2,
    }),
  );
  await holds(
    calls([[["tryPush", 1]], [["tryPop"]], [["tryPop"]]], {
      initial: [7],
      preemptions: 3,
    }),
  );
  await holds(
    calls([[["forcePush", 1]], [["tryPop"]], [["tryPush", 2]]], {
      capacity: 1,
      initial: [7],
      preemptions: 3,
    }),
  );
});

Deno.test("MpmcQueue.pop() is woken by a record", async () => {
  await explored(calls([[["push", 1]], [["pop"]]]));
  await explored(calls([[["push", 1], ["push", 2]], [["pop"], ["pop"]]]));
  await explored(calls([[["forcePush", 1]], [["pop"]]]));
  await explored(
    calls([[["push", 1], ["push", 2]], [["pop"]], [["pop"]]], {
      preemptions: 1,
    }),
  );
});

Deno.test("MpmcQueue.push() is woken by room", async () => {
  const options = { capacity: 1, initial: [7] };
  await explored(calls([[["push", 1]], [["pop"], ["pop"]]], options));
  await explored(
    calls([[["push", 1]], [["push", 2]], [["pop"], ["pop"]]], {
      ...options,
      preemptions: 1,
    }),
  );
});

Deno.test("MpmcQueue: the async doors are woken too", async () => {
  await explored(calls([[["push", 1]], [["popAsync"]]]));
  await explored(
    calls([[["pushAsync", 1]], [["pop"], ["pop"]]], {
      capacity: 1,
      initial: [7],
    }),
  );
  await explored(
    calls([[["push", 1], ["push", 2]], [["popAsync"]], [["pop"]]], {
      preemptions: 1,
    }),
  );
});

/** One pushes; one waits and gives up at any moment; maybe a third one waits. */
function givingUp(
  blocks: boolean,
  module: Module = ORIGINAL,
): Ending<MpmcQueueHandle> {
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => queueAt({ module }),
    threads: [
      (handle) => {
        const queue = module.MpmcQueue.from(handle);
        queue.push(1);
        if (blocks) queue.push(2);
      },
      async (handle, thread) => {
        const queue = module.MpmcQueue.from(handle);
        try {
          return await queue.popAsync({ signal: thread.signal() });
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return "aborted";
        }
      },
      ...blocks
        ? [(handle: MpmcQueueHandle) => module.MpmcQueue.from(handle).pop()]
        : [],
    ],
    check: (handle, results) => {
      const taken = results.filter((result) => typeof result === "number");
      const rest = drained(module.MpmcQueue.from(handle), 2);
      assertEquals([...taken, ...rest].toSorted(), blocks ? [1, 2] : [1]);
      ends.add(String(results[1]));
    },
    timeouts: 0,
    preemptions: blocks ? 1 : Infinity,
  };
}

Deno.test("MpmcQueue.popAsync() given up takes no record and no wake-up", async () => {
  for (const blocks of [false, true]) {
    const program = givingUp(blocks, ORIGINAL);
    await explored(program);
    assert(program.ends.has("aborted") && program.ends.has("1"));
  }
});

Deno.test("MpmcQueue.pop() in time takes a record, else none", async () => {
  const ends = new Set<unknown>();
  await explored({
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => queueAt({}),
    threads: [
      (handle) => MpmcQueue.from(handle).push(1),
      (handle) => {
        try {
          return MpmcQueue.from(handle).pop({ timeout: 10 });
        } catch (error) {
          if (!(error instanceof DOMException)) throw error;
          return error.name;
        }
      },
    ],
    check: (handle, [, end]) => {
      assertEquals(MpmcQueue.from(handle).tryPop(), end === 1 ? undefined : 1);
      ends.add(end);
    },
    timeouts: 2,
    expireTimeouts: [1],
  });
  assertEquals(ends, new Set([1, "TimeoutError"]));
});

/** Thrown where a thread is lost. */
class Lost extends Error {
  override name = "Lost";
}

const DIES = "if (globalThis.dies?.()) throw globalThis.dies;";

/**
 * The first thread is lost in its call at the place that the edit says; the
 * second one pops, or pushes, as if nothing were.
 */
async function losing(
  edit: Edit,
  dying: Call,
  other: readonly Call[],
  options: Options,
): Promise<Set<string>> {
  const module = await broken([edit[0], edit[1].replace("DIES", DIES)]);
  const lost = new Lost();
  const scope = globalThis as { dies?: unknown };
  const { capacity = 2, initial = [] } = options;
  const ends = new Set<string>();
  let current = 0;
  scope.dies = Object.assign(() => current === 0, { lost });
  try {
    const { complete } = await explore<MpmcQueueHandle>({
      enter: (thread) => {
        current = thread;
        becomeThread(crew[thread]!);
      },
      setup: () => {
        current = -1;
        return queueAt(options);
      },
      threads: [
        (handle, thread) => {
          try {
            thread.call(
              dying,
              () => callOn(module.MpmcQueue.from(handle), dying),
            );
          } catch (error) {
            if (error !== scope.dies) throw error;
            markLost(crew[0]!);
            return "lost";
          }
          return "done";
        },
        (handle, thread) => {
          const queue = MpmcQueue.from(handle);
          return other.map((call) =>
            thread.call(call, () => callOn(queue, call))
          );
        },
      ],
      check: (handle, results, history) => {
        current = -1;
        ends.add(results[0] as string);
        // The call of the lost one took effect or not; all others did.
        const queue = MpmcQueue.from(handle);
        const rest = drained(queue, capacity);
        // A lost forcePush() may have come as far as to take the oldest record.
        const inputs = dying[0] === "forcePush" ? [dying, ["tryPop"]] : [dying];
        const histories = inputs.map((input) => {
          const told = history.map((event) =>
            event.input === dying && results[0] === "lost"
              ? { ...event, input, ret: Infinity }
              : event
          );
          return withRest(told, rest, ["tryPop"]);
        });
        assert(
          histories.some((all) =>
            linearizable(all, modelOf(capacity, initial))
          ),
          JSON.stringify(histories),
        );
        assert(queue.tryPush(9));
        assertEquals(queue.size, 1);
      },
      timeouts: 0,
      preemptions: Infinity,
    });
    assert(complete);
  } finally {
    delete scope.dies;
  }
  return ends;
}

Deno.test("MpmcQueue: a producer lost at any step blocks nobody", async () => {
  const steps: Edit[] = [
    [
      "this.#records.write(at + RECORD, value);",
      "DIES this.#records.write(at + RECORD, value);",
    ],
    [
      "words[at + DRAFT] = full(tail);\n        // From",
      "DIES words[at + DRAFT] = full(tail);\n        // From",
    ],
    [
      "// From here on the record is in its slot.",
      "DIES",
    ],
    [
      "Atomics.store(words, at, full(tail));\n        Atomics",
      "Atomics.store(words, at, full(tail)); DIES\n        Atomics",
    ],
  ];
  for (const step of steps) {
    for (const other of [POPS, PUSHES]) {
      const ends = await losing(step, ["tryPush", 5], other, { capacity: 1 });
      assert(ends.has("lost"));
    }
    await losing(step, ["tryPush", 5], [["tryPush", 1], ["tryPop"]], {
      initial: [7],
    });
  }
});

Deno.test("MpmcQueue: a consumer lost at any step blocks nobody", async () => {
  const steps: Edit[] = [
    [
      "const fetched = this.#records.fetch",
      "DIES const fetched = this.#records.fetch",
    ],
    ["words[at + DRAFT] = next;", "DIES words[at + DRAFT] = next;"],
    ["// From here on the record is gone from its slot.", "DIES"],
    [
      "Atomics.store(words, at, next);",
      "Atomics.store(words, at, next); DIES",
    ],
  ];
  for (const step of steps) {
    for (const other of [POPS, PUSHES]) {
      const ends = await losing(step, ["tryPop"], other, {
        capacity: 1,
        initial: [7],
      });
      assert(ends.has("lost"));
    }
  }
});

Deno.test("MpmcQueue.forcePush() lost at any step leaves no half record", async () => {
  const steps: Edit[] = [
    [
      "words[at + DRAFT] = free(tail);",
      "DIES words[at + DRAFT] = free(tail);",
    ],
    [
      "const fetched = this.#records.swap(at + RECORD, value);",
      "words[at + RECORD] = 1; DIES const fetched = this.#records.swap(at + RECORD, value);",
    ],
    [
      "words[at + DRAFT] = full(tail);\n    // The one",
      "DIES words[at + DRAFT] = full(tail);\n    // The one",
    ],
    ["// The one leaves and the other one comes, in one step.", "DIES"],
  ];
  for (const step of steps) {
    for (const other of [POPS, PUSHES]) {
      await losing(step, ["forcePush", 5.5], other, {
        record: "f64",
        capacity: 1,
        initial: [7.25],
      });
    }
  }
});

/** A queue whose slots have mistakes. */
function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/queue/mpmc_queue.ts", [], {
    "sync/queue/record_slots.ts": edits,
    "sync/queue/mpmc_queue_memory.ts": [],
  });
}

/** A queue whose event counts have mistakes. */
function brokenWait(...edits: Edit[]): Promise<Module> {
  return mutant("sync/queue/mpmc_queue.ts", [], {
    "sync/thread/event_count.ts": edits,
    "sync/queue/mpmc_queue_memory.ts": [],
  });
}

Deno.test("MpmcQueue: the checker finds a record that is stored after the stamp", async () => {
  const module = await broken([
    "this.#records.write(at + RECORD, value);",
    "Atomics.store(words, at, full(tail)); this.#records.write(at + RECORD, value);",
  ]);
  await refuses("data race", calls([PUSHES, POPS], { module }));
});

Deno.test("MpmcQueue: the checker finds a stamp that is stored without Atomics", async () => {
  const module = await broken([
    "Atomics.store(words, at, full(tail));\n        Atomics",
    "words[at] = full(tail);\n        Atomics",
  ]);
  await refuses("data race", calls([PUSHES, POPS], { module }));
});

Deno.test("MpmcQueue: the checker finds a slot that is claimed by load and store", async () => {
  const module = await broken(SLOT_MISTAKES.claimedByStore);
  await refuses(
    "data race",
    calls([[["tryPush", 1]], [["tryPush", 2]]], { module }),
  );
});

Deno.test("MpmcQueue: the checker finds a slot that is freed for the same lap", async () => {
  const module = await broken(SLOT_MISTAKES.freedForSameLap);
  // A thread alone finds no end in it.
  await refuses("livelock", calls([PUSHES, POPS], { module, capacity: 1 }));
});

Deno.test("MpmcQueue: the checker finds a full queue that is told from its words", async () => {
  const module = await broken([
    "else if (seen === full(tail - this.#count)) return false;",
    "else if (seen !== full(tail)) return false;",
  ]);
  await refuses(
    "exception",
    calls([[["tryPush", 1]], [["tryPush", 2], ["tryPop"]]], { module }),
  );
});

Deno.test("MpmcQueue: the checker finds a replacement in two steps", async () => {
  const module = await mutant<Module>("sync/queue/mpmc_queue.ts", [[
    "const oldest = this.#slots.replace(value, into);",
    "const fetched = this.#slots.poll();\n      const oldest = fetched === undefined ? undefined : this.#slots.take(fetched, into);\n      if (oldest !== undefined && this.#slots.offer(value)) return oldest;",
  ]]);
  await refuses(
    "exception",
    calls([[["forcePush", 1]], [["tryPush", 2], ["tryPush", 3]]], {
      module,
      initial: [7, 8],
    }),
  );
});

Deno.test("MpmcQueue: the checker finds stamps that do not wrap", async () => {
  const module = await broken(SLOT_MISTAKES.endless);
  const position = 2 ** 31 - 1;
  await refuses("livelock", calls([PUSHES, POPS], { module, position }));
});

Deno.test("MpmcQueue: the checker finds a waiter that does not look again", async () => {
  const module = await brokenWait([
    "const event = this.#arm();\n      result = attempt();",
    "result = attempt();\n      const event = this.#arm();",
  ]);
  await refuses("deadlock", calls([[["push", 1]], [["pop"]]], { module }));
});

Deno.test("MpmcQueue: the checker finds an async waiter that does not look again", async () => {
  const module = await brokenWait([
    "const event = this.#arm();\n        signal?.throwIfAborted();\n        const result = attempt();",
    "const result = attempt();\n        const event = this.#arm();",
  ]);
  await refuses("deadlock", calls([[["push", 1]], [["popAsync"]]], { module }));
});

Deno.test("MpmcQueue: the checker finds a waiter that registers too late", async () => {
  const module = await brokenWait(
    [
      "const event = this.#arm();\n      result = attempt();",
      "const event = Atomics.load(this.#words, STATE) | ARMED;\n      result = attempt();",
    ],
    [
      "Atomics.wait(this.#words, STATE, event, deadline.slice(SLICE));",
      "this.#arm(); Atomics.wait(this.#words, STATE, event, deadline.slice(SLICE));",
    ],
  );
  await refuses("deadlock", calls([[["push", 1]], [["pop"]]], { module }));
});

Deno.test("MpmcQueue: the checker finds a wake-up before the event", async () => {
  const module = await brokenWait(
    ["      Atomics.notify(words, STATE);\n", "\n"],
    [
      "      state = seen;\n",
      "      state = seen; Atomics.notify(words, STATE);\n",
    ],
  );
  await refuses("deadlock", calls([[["push", 1]], [["pop"]]], { module }));
});

Deno.test("MpmcQueue: the checker finds an event that does not change what is slept on", async () => {
  const module = await brokenWait([
    "const next = (state + EVENT) & ~(ARMED | WATCHED);",
    "const next = state;",
  ]);
  await refuses("deadlock", calls([[["push", 1]], [["pop"]]], { module }));
});

Deno.test("MpmcQueue: the checker finds a sleep on what was there before the flag", async () => {
  const module = await brokenWait([
    "return Atomics.or(this.#words, STATE, ARMED) | ARMED;",
    "Atomics.or(this.#words, STATE, ARMED);\n    return Atomics.load(this.#words, STATE);",
  ]);
  // Taken by a signal in between, it is not there when that of another one looks.
  const program = calls([[["push", 1]], [["push", 2]], [["pop"], ["pop"]]], {
    module,
    preemptions: 3,
  });
  await refuses("deadlock", program);
});

Deno.test("MpmcQueue: the checker finds a producer that looks for waiters first", async () => {
  const module = await mutant<Module>("sync/queue/mpmc_queue.ts", [[
    "if (!this.#slots.offer(value)) return false;\n    this.#items.signal();",
    "this.#items.signal();\n    if (!this.#slots.offer(value)) return false;",
  ]]);
  await refuses("deadlock", calls([[["push", 1]], [["pop"]]], { module }));
});

/** One pushes two records at once for two that wait. */
function inBulk(module: Module): Program<MpmcQueueHandle> {
  const pops = (handle: MpmcQueueHandle) => module.MpmcQueue.from(handle).pop();
  return {
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => queueAt({ module }),
    threads: [
      (handle) => module.MpmcQueue.from(handle).pushMany(Int32Array.of(1, 2)),
      pops,
      pops,
    ],
    check: (_, [pushed, ...taken]) => {
      assertEquals(pushed, 2);
      assertEquals(taken.toSorted(), [1, 2]);
    },
    timeouts: 0,
    preemptions: 1,
  };
}

Deno.test("MpmcQueue.pushMany() wakes all that wait", () =>
  explored(inBulk(ORIGINAL)));

Deno.test("MpmcQueue: the checker finds a wake-up for only one", async () => {
  const module = await brokenWait([
    "Atomics.notify(words, STATE);",
    "Atomics.notify(words, STATE, 1);",
  ]);
  await refuses("deadlock", inBulk(module));
});

/** One waits for room that another one makes, by a call whose setter throws. */
function throwing(
  take: (queue: MpmcQueue<Held>, into: Held) => void,
  module: Module,
): Program<MpmcQueueHandle<Held>> {
  const into = () => ({
    set held(_: number) {
      throw new Error("refused");
    },
  });
  return {
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      const queue = new module.MpmcQueue<Held>(HeldType, 1);
      assert(queue.tryPush({ held: 1 }));
      return queue.handle;
    },
    threads: [
      (handle) => module.MpmcQueue.from(handle).push({ held: 2 }),
      (handle) => {
        const queue = module.MpmcQueue.from(handle);
        const made = into() as Held;
        assertThrows(() => take(queue, made), Error, "refused");
      },
    ],
    check: (handle) => {
      const queue = module.MpmcQueue.from(handle);
      assertEquals(queue.tryPop(), { held: 2 });
      assert(queue.isEmpty);
    },
    timeouts: 0,
    preemptions: Infinity,
  };
}

type Held = { held: number };
const HeldType = struct({ held: "i32" });

Deno.test("MpmcQueue.tryPop() and popMany() tell of the room even if a setter throws", async () => {
  await explored(throwing((queue, into) => queue.tryPop(into), ORIGINAL));
  await explored(throwing((queue, into) => queue.popMany([into]), ORIGINAL));
});

Deno.test("MpmcQueue: the checker finds a consumer that tells after it has made the record", async () => {
  const module = await mutant<Module>("sync/queue/mpmc_queue.ts", [[
    "this.#room.signal();\n    return this.#slots.take(fetched, into);",
    "const value = this.#slots.take(fetched, into);\n    this.#room.signal();\n    return value;",
  ]]);
  await refuses(
    "deadlock",
    throwing((queue, into) => queue.tryPop(into), module),
  );
});
