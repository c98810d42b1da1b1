/**
 * Model tests of `Latch`, `ManualResetEvent`, `AutoResetEvent`, `Parker` and
 * `Once`. Bounds: two threads in all interleavings where no `preemptions` are
 * given, three within two preemptions, or as many as are given. Timeouts expire
 * only where `timeouts` or `expireTimeouts` is given. Who ends a wait is lost in
 * front of each of its atomic operations.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { AutoResetEvent } from "../../sync/waiting/auto_reset_event.ts";
import type { SharedHandle } from "../../sync/memory/handle.ts";
import { Latch } from "../../sync/waiting/latch.ts";
import { ManualResetEvent } from "../../sync/waiting/manual_reset_event.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { Once } from "../../sync/waiting/once.ts";
import { OnceCell } from "../../sync/value/once_cell.ts";
import { Parker } from "../../sync/waiting/parker.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { WaitAsyncOptions, WaitOptions } from "../../sync/thread/wait.ts";
import { explore, type ModelThread, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses, type Words } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";
import { crewOf, markLost } from "./program.ts";

interface Shared {
  readonly handle: SharedHandle;
  readonly payload: Words;
}

type Role<T> = (
  object: T,
  thread: ModelThread,
  payload: Words,
  crew: readonly CurrentThread[],
) => unknown;

interface Options<T> extends
  Partial<
    Pick<
      Program<Shared>,
      "timeouts" | "preemptions" | "expireTimeouts"
    >
  > {
  /** What word 0 is in the end. */
  readonly state?: number;
  /** All the ends that there may be. */
  readonly ends: readonly string[];
  readonly prepare?: (object: T, crew: readonly CurrentThread[]) => void;
}

/** A program on one object; `from` is that of the original or of a mutant. */
function scene<T extends { readonly handle: SharedHandle }>(
  make: () => T,
  roles: readonly Role<T>[],
  options: Options<T>,
): Program<Shared> & { readonly seen: Set<string> } {
  const seen = new Set<string>();
  let crew: CurrentThread[] = [];
  let from: (handle: SharedHandle) => T;
  const { timeouts = 0, expireTimeouts = [], preemptions } = options;
  return {
    seen,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      const object = make();
      from = (object.constructor as unknown as {
        from(handle: SharedHandle): T;
      }).from;
      options.prepare?.(object, crew);
      return { handle: object.handle, payload: wordsOf(allocate(8), 2) };
    },
    threads: roles.map((role) => ({ handle, payload }: Shared, thread) =>
      role(from(handle), thread, payload, crew)
    ),
    check: ({ handle }, results) => {
      const end = results.join(" ");
      seen.add(end);
      assert(options.ends.includes(end), end);
      if (options.state === undefined) return;
      assertEquals(Atomics.load(wordsOf(handle, 1), 0), options.state, end);
    },
    timeouts,
    expireTimeouts,
    ...(preemptions === undefined ? {} : { preemptions }),
  };
}

/** All schedules end well, and each end is seen. */
async function proves<T extends { readonly handle: SharedHandle }>(
  make: () => T,
  roles: readonly Role<T>[],
  options: Options<T>,
): Promise<void> {
  const program = scene(make, roles, options);
  const { complete } = await explore(program);
  assert(complete);
  assertEquals([...program.seen].sort(), [...options.ends].sort());
}

interface Waits {
  wait(options?: WaitOptions): void;
  waitAsync(options?: WaitAsyncOptions): Promise<void>;
}

function endOf(error: unknown): string {
  if (!(error instanceof DOMException)) throw error;
  return error.name === "TimeoutError" ? "late" : "aborted";
}

const blocks = (timeout = Infinity): Role<Waits> => (object) => {
  try {
    object.wait({ timeout });
    return "passed";
  } catch (error) {
    return endOf(error);
  }
};

const awaits =
  (abortable = false, timeout = Infinity): Role<Waits> =>
  async (object, thread) => {
    try {
      await object.waitAsync({
        timeout,
        ...(abortable ? { signal: thread.signal() } : {}),
      });
      return "passed";
    } catch (error) {
      return endOf(error);
    }
  };

const BLOCKS = blocks();
const AWAITS = awaits();
const ABORTABLE = awaits(true);
/** Gives up, if a timeout may expire. */
const HURRIES = blocks(50);
const HURRIES_ASYNC = awaits(false, 50);
const THREE = { preemptions: 2 };

// Latch

const counts: Role<Latch> = (latch, { index }, payload) => {
  payload[index] = 1;
  return latch.countDown();
};
/** Waits, then reads what the others wrote before they counted down. */
const reads: Role<Latch> = (latch, _, payload) => {
  latch.wait();
  return payload[0]! + payload[1]!;
};
const latch = (count: number) => () => new Latch(count);

Deno.test("Latch.wait() ends when all have counted down, and sees what they wrote", async () => {
  await proves(latch(2), [counts, counts, reads], {
    ends: ["true false 2", "false true 2"],
    state: 0,
  });
  const one = { ends: ["true passed"] };
  await proves(latch(1), [counts, BLOCKS], one);
  await proves(latch(1), [counts, AWAITS], one);
  await proves(latch(1), [counts, HURRIES], {
    ends: ["true passed", "true late"],
    timeouts: 1,
  });
  await proves(latch(1), [counts, HURRIES_ASYNC], {
    ends: ["true passed", "true late"],
    timeouts: 1,
  });
});

Deno.test("Latch.waitAsync() that is aborted keeps the opening from nobody", async () => {
  await proves(latch(1), [counts, ABORTABLE, BLOCKS], {
    ends: ["true passed passed", "true aborted passed"],
    ...THREE,
  });
  await proves(latch(1), [counts, ABORTABLE, AWAITS], {
    ends: ["true passed passed", "true aborted passed"],
    ...THREE,
  });
});

Deno.test("Latch.add() by who holds a count keeps it closed", async () => {
  const adds: Role<Latch> = (latch) => {
    latch.add();
    latch.countDown();
    return latch.countDown();
  };
  await proves(latch(1), [adds, BLOCKS], { ends: ["true passed"], state: 0 });
  await proves(latch(2), [adds, counts, ABORTABLE], {
    ends: [
      "true false passed",
      "false true passed",
      "true false aborted",
      "false true aborted",
    ],
    ...THREE,
  });
});

Deno.test("Latch: the checker finds its mutants", async () => {
  const broken = async (...edits: Edit[]) => {
    const module = await mutant<typeof import("../../sync/waiting/latch.ts")>(
      "sync/waiting/latch.ts",
      edits,
    );
    return () => new module.Latch(2);
  };
  const all = { ends: ["true false 2", "false true 2"] };
  const program: Role<Latch>[] = [counts, counts, reads];
  const exchange =
    "Atomics.compareExchange(this.#words, COUNT, count, count - n) !== count";
  await refuses(
    "deadlock",
    scene(
      await broken([
        exchange,
        "Atomics.store(this.#words, COUNT, count - n) < 0",
      ]),
      program,
      all,
    ),
  );
  const notify = "Atomics.notify(this.#words, COUNT);";
  await refuses(
    "deadlock",
    scene(await broken([notify, ""]), program, all),
  );
  await refuses(
    "deadlock",
    scene(
      await broken([notify, "Atomics.notify(this.#words, COUNT, 1);"]),
      [(latch) => latch.countDown(2), ABORTABLE, BLOCKS],
      { ends: ["true passed passed", "true aborted passed"] },
    ),
  );
});

// ManualResetEvent

const sets: Role<ManualResetEvent> = (event) => event.set();
const pulses: Role<ManualResetEvent> = (event) => event.set() && event.reset();
const gate = () => new ManualResetEvent();

Deno.test("ManualResetEvent.set() lets all pass that wait or come", async () => {
  await proves(gate, [sets, BLOCKS, ABORTABLE], {
    ends: ["true passed passed", "true passed aborted"],
    ...THREE,
  });
  await proves(gate, [sets, AWAITS], { ends: ["true passed"] });
  await proves(gate, [sets, HURRIES], {
    ends: ["true passed", "true late"],
    timeouts: 1,
  });
  await proves(gate, [sets, sets, BLOCKS], {
    ends: ["true false passed", "false true passed"],
    ...THREE,
  });
});

Deno.test("ManualResetEvent.set() and reset() at once let nobody sleep who waited", async () => {
  // Who came too late can only time out.
  const asks: Role<ManualResetEvent> = (event, _, payload) => {
    try {
      Atomics.store(payload, 0, 1);
      event.wait({ timeout: 50 });
      return "passed";
    } catch (error) {
      return endOf(error);
    }
  };
  await proves(gate, [pulses, asks], {
    ends: ["true passed", "true late"],
    expireTimeouts: [1],
  });
  // Here the waiter is certain to wait: the pulse comes from its own thread.
  const waitsAndPulses: Role<ManualResetEvent> = async (event) => {
    const passed = event.waitAsync();
    event.set();
    event.reset();
    await passed;
    return "passed";
  };
  await proves(gate, [waitsAndPulses], { ends: ["passed"] });
  await proves(gate, [waitsAndPulses, waitsAndPulses], {
    ends: ["passed passed"],
    preemptions: 2,
  });
});

Deno.test("ManualResetEvent: the checker finds its mutants", async () => {
  const broken = async (...edits: Edit[]) => {
    const module = await mutant<
      typeof import("../../sync/waiting/manual_reset_event.ts")
    >(
      "sync/waiting/manual_reset_event.ts",
      edits,
    );
    return () => new module.ManualResetEvent();
  };
  const notify =
    "Atomics.notify(this.#words, STATE);\n      return true;\n    }\n  }\n\n  /**\n   * Closes";
  await refuses(
    "deadlock",
    scene(
      await broken([notify, notify.slice(notify.indexOf("return"))]),
      [sets, BLOCKS],
      {
        ends: ["true passed"],
      },
    ),
  );
  await refuses(
    "deadlock",
    scene(await broken(["(state + 2) | SET", "state | SET"]), [
      async (event: ManualResetEvent) => {
        const passed = event.waitAsync();
        event.set();
        event.reset();
        await passed;
      },
    ], { ends: [""] }),
  );
});

// AutoResetEvent and Parker: a signal, and a token

interface Signal extends Waits {
  readonly handle: SharedHandle;
  set(): boolean;
}

/** The doors of a parker by the names of an event's. */
function signalOf(module: { readonly Parker: typeof Parker }): Signal {
  class ParkerSignal implements Signal {
    readonly handle: SharedHandle;
    readonly #parker: Parker;
    constructor(parker: Parker) {
      this.#parker = parker;
      this.handle = parker.handle;
    }
    static from(handle: SharedHandle): ParkerSignal {
      return new ParkerSignal(module.Parker.from(handle as Parker["handle"]));
    }
    set(): boolean {
      return this.#parker.unpark();
    }
    wait(options?: WaitOptions): void {
      this.#parker.park(options);
    }
    waitAsync(options?: WaitAsyncOptions): Promise<void> {
      return this.#parker.parkAsync(options);
    }
  }
  return new ParkerSignal(new module.Parker());
}

const sends: Role<Signal> = (event) => event.set();
/** Passes on what it gets; it may be aborted. */
const relays: Role<Signal> = async (event, thread, payload, crew) => {
  const end = await ABORTABLE(event, thread, payload, crew);
  if (end === "passed") event.set();
  return end;
};
const BLOCKS_AND_RELAYS: Role<Signal> = (event, ...rest) => {
  const end = BLOCKS(event, ...rest);
  event.set();
  return end;
};
const hasty = (): Role<Waits>[] => [HURRIES, HURRIES];

for (
  const [name, make] of [
    ["AutoResetEvent.set()", (): Signal => new AutoResetEvent()],
    ["Parker.unpark()", (): Signal => signalOf({ Parker })],
  ] as const
) {
  Deno.test(`${name} lets exactly one waiter pass`, async () => {
    const one = { ends: ["true passed"], state: 0 };
    await proves(make, [sends, BLOCKS], one);
    await proves(make, [sends, AWAITS], one);
    await proves(make, [sends, ...hasty()], {
      ends: ["true passed late", "true late passed"],
      expireTimeouts: [1, 2],
      state: 0,
      ...THREE,
    });
    for (const hurries of [HURRIES, HURRIES_ASYNC]) {
      await proves(make, [sends, hurries], {
        ends: ["true passed", "true late"],
        timeouts: 1,
      });
    }
  });

  Deno.test(`${name}: a waiter that is aborted leaves the signal to the others`, async () => {
    await proves(make, [sends, ABORTABLE], {
      ends: ["true passed", "true aborted"],
    });
    await proves(make, [sends, relays, BLOCKS_AND_RELAYS], {
      ends: ["true passed passed", "true aborted passed"],
      ...THREE,
    });
  });
}

/** Two waits are there before the first of two signals. */
const waitsTwice: Role<Signal> = async (event) => {
  const waits = [event.waitAsync(), event.waitAsync()];
  const sent = [event.set(), event.set(), event.set(), event.set()];
  await Promise.all(waits);
  return sent.join(" ");
};

Deno.test("AutoResetEvent.set() releases one more waiter each time, and stores one signal", async () => {
  await proves(() => new AutoResetEvent(), [waitsTwice], {
    ends: ["true true true false"],
    state: 0x10000,
  });
});

Deno.test("AutoResetEvent and Parker: the checker finds their mutants", async () => {
  const event = async (...edits: Edit[]) => {
    const { AutoResetEvent } = await mutant<
      typeof import("../../sync/waiting/auto_reset_event.ts")
    >("sync/waiting/auto_reset_event.ts", edits);
    return (): Signal => new AutoResetEvent();
  };
  const relay = {
    ends: ["true passed passed", "true aborted passed"],
    preemptions: 3,
  };
  const notify = "if (waiters > 0) Atomics.notify(this.#words, STATE);";
  await refuses(
    "deadlock",
    scene(await event([notify, ""]), [sends, BLOCKS], {
      ends: ["true passed"],
    }),
  );
  // A waiter that gives up takes the signal with it.
  await refuses(
    "deadlock",
    scene(
      await event([
        "Math.min(signalsOf(state), waiters + 1)",
        "Math.min(signalsOf(state), waiters)",
      ]),
      [sends, relays, BLOCKS_AND_RELAYS],
      relay,
    ),
  );
  const parker = async (...edits: Edit[]) => {
    const module = await mutant<typeof import("../../sync/waiting/parker.ts")>(
      "sync/waiting/parker.ts",
      edits,
    );
    return (): Signal => signalOf(module);
  };
  await refuses(
    "deadlock",
    scene(
      await parker(["Atomics.notify(this.#words, TOKEN);", ""]),
      [sends, BLOCKS],
      { ends: ["true passed"] },
    ),
  );
  // It finds the token, loses it, and sleeps on the value that it saw.
  await refuses(
    "deadlock",
    scene(
      await parker([
        `? "over"
          : "changed"`,
        `? "over"
          : "sleep"`,
      ]),
      [sends, relays, BLOCKS_AND_RELAYS],
      relay,
    ),
  );
});

Deno.test("Parker: the checker finds a token that is taken by load and store", async () => {
  const { Parker: Broken } = await mutant<
    typeof import("../../sync/waiting/parker.ts")
  >(
    "sync/waiting/parker.ts",
    [[
      "Atomics.compareExchange(this.#words, TOKEN, 1, 0) === 1",
      "Atomics.store(this.#words, TOKEN, 0) === 0",
    ]],
  );
  const parks: Role<Parker> = (parker) => {
    try {
      parker.park({ timeout: 50 });
      return "passed";
    } catch (error) {
      return endOf(error);
    }
  };
  await refuses(
    "exception",
    scene(() => new Broken(), [(p) => p.unpark(), parks, parks], {
      ends: ["true passed late", "true late passed"],
      expireTimeouts: [1, 2],
    }),
  );
});

// Once

/** Counts in plain memory: a second run at the same time is a data race. */
const runs: Role<Once> = (once, _, payload) => {
  const ran = once.run(() => {
    payload[0] = payload[0]! + 1;
  });
  return `${ran}:${payload[0]}`;
};

const runsAsync =
  (abortable: boolean): Role<Once> => async (once, thread, payload) => {
    try {
      const ran = await once.runAsync(
        () => Promise.resolve().then(() => void (payload[0] = payload[0]! + 1)),
        abortable ? { signal: thread.signal() } : {},
      );
      return `${ran}:${payload[0]}`;
    } catch (error) {
      return endOf(error);
    }
  };

const fails: Role<Once> = (once) => {
  const problem = new Error("no");
  try {
    return once.run(() => {
      throw problem;
    });
  } catch (error) {
    if (error !== problem) throw error;
    return "failed";
  }
};

const once = () => new Once();
const EITHER = { ends: ["true:1 false:1", "false:1 true:1"], state: -1 };

Deno.test("Once.run() runs one function to its end while the others wait", async () => {
  await proves(once, [runs, runs], EITHER);
  await proves(once, [runs, runsAsync(false)], EITHER);
  await proves(once, [runsAsync(false), runsAsync(false)], EITHER);
  await proves(once, [runs, runs, runsAsync(true)], {
    ends: [
      "true:1 false:1 false:1",
      "false:1 true:1 false:1",
      "false:1 false:1 true:1",
      "true:1 false:1 aborted",
      "false:1 true:1 aborted",
    ],
    state: -1,
    ...THREE,
  });
});

Deno.test("Once.run() that throws lets the next one try", async () => {
  await proves(once, [fails, runs], {
    ends: ["failed true:1", "false true:1"],
    state: -1,
  });
  await proves(once, [fails, runsAsync(true), runs], {
    ends: [
      "failed true:1 false:1",
      "failed false:1 true:1",
      "failed aborted true:1",
      "false true:1 false:1",
      "false false:1 true:1",
      "false aborted true:1",
    ],
    state: -1,
    ...THREE,
  });
});

/** A thread runs it that is or gets lost. */
const prepare = (once: Once, crew: readonly CurrentThread[]) => {
  Atomics.store(wordsOf(once.handle, 1), 0, crew[3]!.id);
};
const loses: Role<Once> = (_, __, ___, crew) => markLost(crew[3]!);
const finds = (run: Role<Once>): Role<Once> => async (...all) => {
  try {
    return await run(...all);
  } catch (error) {
    if ((error as Error).name !== "OncePoisonedError") throw error;
    return "poisoned";
  }
};

Deno.test("Once is poisoned for all when the thread that runs it is lost", async () => {
  const poisoned = {
    ends: ["true poisoned poisoned"],
    state: -2,
    // Any one waiter notices it at the end of its slice, and tells the others.
    expireTimeouts: [1],
    prepare,
    ...THREE,
  };
  for (const run of [runs, runsAsync(false)]) {
    await proves(once, [loses, finds(run), finds(runs)], poisoned);
    await proves(once, [loses, finds(run), finds(runsAsync(false))], poisoned);
  }
});

Deno.test("Once: the checker finds its mutants", async () => {
  const broken = async (...edits: Edit[]) => {
    const module = await mutant<typeof import("../../sync/waiting/once.ts")>(
      "sync/waiting/once.ts",
      [],
      { "sync/waiting/once_turn.ts": edits },
    );
    return () => new module.Once();
  };
  const leaves =
    "if (Atomics.compareExchange(this.#words, 0, id, next) !== id) return;\n    Atomics.notify(this.#words, 0);";
  const silent = leaves.split("\n")[0]!;
  await refuses(
    "deadlock",
    scene(await broken([leaves, silent]), [runs, runs], EITHER),
  );
  await refuses(
    "deadlock",
    scene(
      await broken([leaves, leaves.replace("0);", "0, 1);")]),
      [runs, runsAsync(true), runs],
      {
        ends: [
          "true:1 false:1 false:1",
          "false:1 true:1 false:1",
          "false:1 false:1 true:1",
          "true:1 aborted false:1",
          "false:1 aborted true:1",
        ],
        ...THREE,
      },
    ),
  );
  await refuses(
    "data race",
    scene(
      await broken([
        "Atomics.compareExchange(this.words, 0, state, next) !== state",
        "Atomics.store(this.words, 0, next) !== next",
      ]),
      [runs, runs],
      EITHER,
    ),
  );
  // It may run, another is quicker and fails, and it sleeps on what it saw.
  await refuses(
    "deadlock",
    scene(
      await broken([
        `!== state
    ) return "changed"`,
        `!== state
    ) return "sleep"`,
      ]),
      [fails, runs],
      { ends: ["failed true:1", "false true:1"] },
    ),
  );
  // Done before the function is.
  await refuses(
    "data race",
    scene(
      await broken([
        "    let next = NEW;\n    try {\n      fn();",
        "    let next = NEW;\n    try {\n      Atomics.store(this.#words, 0, DONE);\n      fn();",
      ]),
      [runs, runs],
      EITHER,
    ),
  );
  await refuses(
    "livelock",
    scene(
      await broken([
        'if (state !== NEW && threads.isLive(state)) return "sleep";',
        'if (state !== NEW) return "sleep";',
      ]),
      [loses, finds(runs)],
      {
        ends: ["true poisoned"],
        prepare,
        expireTimeouts: [1],
      },
    ),
  );
});

/** Objects with a wait, and what ends it. */
const SETTERS: readonly {
  readonly name: string;
  readonly make: () => Settable;
}[] = [
  { name: "Latch", make: () => latchOf(new Latch(1)) },
  {
    name: "ManualResetEvent",
    make: () => eventOf(new ManualResetEvent()),
  },
  { name: "AutoResetEvent", make: () => signalsOf(new AutoResetEvent()) },
  { name: "Parker", make: () => parkerOf(new Parker()) },
  { name: "OnceCell", make: () => cellOf(new OnceCell("i32")) },
];

interface Settable {
  set(): unknown;
  wait(): unknown;
  waitAsync(): Promise<unknown>;
}

function latchOf(latch: Latch): Settable {
  return {
    set: () => {
      try {
        latch.countDown();
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
    },
    wait: () => latch.wait(),
    waitAsync: () => latch.waitAsync(),
  };
}

/** A second signal would wake the waiter, so there is one only. */
function signalsOf(event: AutoResetEvent): Settable {
  const words = wordsOf(event.handle, 1);
  return {
    set: () => Atomics.load(words, 0) >>> 16 === 0 && event.set(),
    wait: () => event.wait(),
    waitAsync: () => event.waitAsync(),
  };
}

function eventOf(event: ManualResetEvent): Settable {
  return {
    set: () => event.set(),
    wait: () => event.wait(),
    waitAsync: () => event.waitAsync(),
  };
}

function parkerOf(parker: Parker): Settable {
  return {
    set: () => parker.unpark(),
    wait: () => parker.park(),
    waitAsync: () => parker.parkAsync(),
  };
}

function cellOf(cell: OnceCell): Settable {
  return {
    set: () => cell.getOrInit(() => 1),
    // It waits for who sets the value, not for who finds a loss.
    wait: () => {
      try {
        cell.wait({ timeout: 300 });
      } catch (error) {
        if (cell.isSet) throw error;
      }
    },
    waitAsync: () =>
      cell.waitAsync({ timeout: 300 }).catch((error) => {
        if (cell.isSet) throw error;
      }),
  };
}

for (const { name, make } of SETTERS) {
  Deno.test(`${name}: who is lost after its store and before its notify leaves nobody asleep`, async () => {
    for (const door of ["wait", "waitAsync"] as const) {
      for (let steps = 0;; steps++) {
        let crew: CurrentThread[] = [];
        let lost = false;
        const { complete } = await explore<Settable>({
          enter: (thread) => becomeThread(crew[thread]!),
          setup: () => {
            crew = crewOf(4);
            return make();
          },
          threads: [
            mortal(
              steps,
              (object) => object.set(),
              (thread) => markLost(crew[thread]!),
            ),
            (object) => object[door](),
            // Says so again, and finds that it was said.
            (object) => object.set(),
          ],
          check: (_, [first]) => {
            lost ||= first === "lost";
          },
          expireTimeouts: [1, 2],
          preemptions: 1,
        });
        assert(complete);
        if (!lost) break;
      }
    }
  });
}
