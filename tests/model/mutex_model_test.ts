/**
 * Model tests of `Mutex`. Bounds: two threads with two rounds in all
 * interleavings; three within the `preemptions` that are given. Slices end at
 * any moment only where `timeouts` is given, and are what goes on only for the
 * threads of `expireTimeouts`. Hand-offs start after one wake-up in vain, instead
 * of 16, or at once, in the tests that name them.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { Mutex, type MutexHandle } from "../../sync/lock/mutex.ts";
import {
  becomeThread,
  type CurrentThread,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "../../sync/thread/thread.ts";
import { explore, type ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses, type Words } from "./futex_mutex.ts";
import { endOf, endsOfAll, untilLost, wherever } from "./lock_program.ts";
import {
  type Bounds,
  boundsOf,
  crewOf,
  type Ending,
  exploredEnds,
} from "./program.ts";

type Module = Pick<typeof import("../../sync/lock/mutex.ts"), "Mutex">;
const ORIGINAL: Module = { Mutex };

interface Shared {
  readonly mutex: MutexHandle;
  readonly threads: ThreadRegistryHandle;
  readonly ids: readonly number[];
  /** One word: how often the lock was held. */
  readonly payload: Words;
}

/** How a thread comes to the mutex. */
interface Comer {
  readonly door: "lock" | "lockAsync" | "tryLock";
  readonly timeout?: number;
  /** May be aborted at any moment. */
  readonly abortable?: boolean;
  readonly rounds?: number;
  /** So many tasks of the thread at once. */
  readonly tasks?: number;
  /** Holds it when it is lost. */
  readonly dies?: boolean;
  /** The thread is lost before this atomic operation of its own, from 1 on. */
  readonly stopsAt?: number;
}

const BLOCKS: Comer = { door: "lock" };
const AWAITS: Comer = { door: "lockAsync" };
const TRIES: Comer = { door: "tryLock" };
const ABORTABLE: Comer = { door: "lockAsync", abortable: true };
const HURRIES: Comer = { door: "lock", timeout: 50 };
const HURRIES_ASYNC: Comer = { door: "lockAsync", timeout: 50 };
const DIES: Comer = { door: "lock", dies: true };
const TASKS: Comer = { door: "lockAsync", tasks: 2 };
const TASKS_ABORTABLE: Comer = { ...TASKS, abortable: true };

interface FightOptions extends Bounds {
  readonly rounds?: number;
  readonly module?: Module;
}

/** Threads that count under the lock. */
function fight(
  comers: readonly Comer[],
  options: FightOptions = {},
): Ending<Shared> {
  const { rounds = 1, module = ORIGINAL } = options;
  const ends = new Set<string>();
  const dies = comers.some((comer) => comer.dies);
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(comers.length + 1);
      return {
        mutex: new module.Mutex().handle,
        threads: crew[0]!.threads.handle,
        ids: crew.map(({ id }) => id),
        payload: wordsOf(allocate(4), 1),
      };
    },
    threads: comers.map((comer) => {
      const count = comer.rounds ?? rounds;
      return comer.door === "lockAsync"
        ? (shared: Shared, thread: ModelThread) =>
          awaits(shared, thread, comer, count, module)
        : (shared: Shared, thread: ModelThread) =>
          blocks(shared, thread, comer, count, module);
    }),
    check: ({ mutex, payload }, results) => {
      const all = endsOfAll(results);
      ends.add(all.join(" "));
      const held =
        (results as string[][]).flat().filter((end) =>
          end === "held" || end === "died"
        ).length;
      assertEquals(payload[0], held, all.join(" "));
      becomeThread(crew.at(-1)!);
      const last = module.Mutex.from(mutex);
      const lost = /died|stopped/.test(all.join(" "));
      if (!lost) assert(!last.isLocked && !last.isPoisoned);
      // Nothing is left behind that would be in the way of a newcomer.
      assert(last.tryLock({ evenIfPoisoned: true }) !== undefined);
      last.unlock();
      assert(lost || !dies);
    },
    ...boundsOf(options),
  };
}

function blocks(
  shared: Shared,
  thread: ModelThread,
  comer: Comer,
  rounds: number,
  module: Module,
): string[] {
  const lose = () =>
    ThreadRegistry.from(shared.threads).markLost(shared.ids[thread.index]!);
  const action = (ends: string[]) => comes(shared, comer, rounds, module, ends);
  const ends = untilLost(comer.stopsAt, action, lose);
  if (comer.dies) lose();
  return ends;
}

function comes(
  shared: Shared,
  comer: Comer,
  rounds: number,
  module: Module,
  ends: string[],
): void {
  const mutex = module.Mutex.from(shared.mutex);
  const { timeout = Infinity } = comer;
  for (let round = 0; round < rounds; round++) {
    try {
      const guard = comer.door === "lock"
        ? mutex.lock({ timeout })
        : mutex.tryLock();
      if (guard === undefined) {
        ends.push("busy");
        continue;
      }
    } catch (error) {
      ends.push(endOf(error));
      continue;
    }
    shared.payload[0]!++;
    ends.push(comer.dies ? "died" : "held");
    if (comer.dies) return;
    mutex.unlock();
  }
}

async function awaits(
  shared: Shared,
  thread: ModelThread,
  comer: Comer,
  rounds: number,
  module: Module,
): Promise<string[]> {
  const mutex = module.Mutex.from(shared.mutex);
  const { timeout = Infinity, tasks = 1 } = comer;
  const task = async (number: number) => {
    // Only the first task of several is aborted, and the last round of it.
    const ends: string[] = [];
    for (let round = 0; round < rounds; round++) {
      const signal = comer.abortable && number === 0 && round === rounds - 1
        ? { signal: thread.signal() }
        : {};
      try {
        await mutex.lockAsync({ timeout, ...signal });
      } catch (error) {
        ends.push(endOf(error));
        continue;
      }
      shared.payload[0]!++;
      mutex.unlock();
      ends.push("held");
    }
    return ends;
  };
  return (await Promise.all(Array.from({ length: tasks }, (_, k) => task(k))))
    .flat();
}

/** Explores all of a program; returns the ends that were seen. */
async function endsOf(
  comers: readonly Comer[],
  options?: FightOptions,
): Promise<string[]> {
  return await exploredEnds(fight(comers, options));
}

/** A mutex with changes to what is slow about it. */
function changed(...edits: Edit[]): Promise<Module> {
  return mutant("sync/lock/mutex.ts", [], { "sync/lock/lock_word.ts": edits });
}

/** The same, and who waits asks for a hand-off after so many looks in vain. */
function impatient(patience: number, ...edits: Edit[]): Promise<Module> {
  return mutant("sync/lock/mutex.ts", [], {
    "sync/lock/lock_waiter.ts": [
      ["const PATIENCE = 16;", `const PATIENCE = ${patience};`],
    ],
    "sync/lock/lock_word.ts": edits,
  });
}

Deno.test("Mutex.lock() lets one thread in at a time, and each in the end", async () => {
  const both = ["held+held held+held"];
  assertEquals(await endsOf([BLOCKS, BLOCKS], { rounds: 2 }), both);
  assertEquals(await endsOf([BLOCKS, BLOCKS], { timeouts: 1 }), ["held held"]);
  assertEquals(
    await endsOf([BLOCKS, BLOCKS, BLOCKS], { preemptions: 2 }),
    ["held held held"],
  );
});

Deno.test("Mutex: both doors lead to the same lock", async () => {
  const both = ["held+held held+held"];
  assertEquals(await endsOf([BLOCKS, AWAITS], { rounds: 2 }), both);
  assertEquals(await endsOf([AWAITS, AWAITS], { rounds: 2 }), both);
  assertEquals(
    await endsOf([BLOCKS, AWAITS, AWAITS], { preemptions: 1 }),
    ["held held held"],
  );
  assertEquals(
    await endsOf([BLOCKS, BLOCKS, AWAITS], { preemptions: 2 }),
    ["held held held"],
  );
});

Deno.test("Mutex.lockAsync() that is aborted takes no wake-up from others", async () => {
  for (const other of [BLOCKS, AWAITS]) {
    assertEquals(await endsOf([other, ABORTABLE], { rounds: 2 }), [
      "held+held held+aborted",
      "held+held held+held",
    ]);
    assertEquals(
      await endsOf([BLOCKS, ABORTABLE, other], { preemptions: 1 }),
      ["held aborted held", "held held held"],
    );
  }
});

Deno.test("Mutex.lockAsync() lets several tasks of a thread stand in line", async () => {
  for (const other of [BLOCKS, AWAITS]) {
    assertEquals(await endsOf([other, TASKS], { preemptions: 2 }), [
      "held held+held",
    ]);
    assertEquals(await endsOf([other, TASKS_ABORTABLE], { preemptions: 2 }), [
      "held aborted+held",
      "held held+held",
    ]);
  }
});

Deno.test("Mutex: who gives up takes no wake-up from others", async () => {
  for (const hurried of [HURRIES, HURRIES_ASYNC]) {
    for (const other of [BLOCKS, AWAITS]) {
      // Once to the end, and with more rounds within a bound.
      assertEquals(await endsOf([hurried, other], { timeouts: 1 }), [
        "held held",
        "timed_out held",
      ]);
      const bounded = { rounds: 2, timeouts: 1, preemptions: 2 };
      assertEquals(await endsOf([hurried, other], bounded), [
        "held+held held+held",
        "held+timed_out held+held",
        "timed_out+held held+held",
      ]);
    }
  }
  assertEquals(
    await endsOf([HURRIES, BLOCKS, ABORTABLE], {
      timeouts: 1,
      preemptions: 1,
    }),
    [
      "held held aborted",
      "held held held",
      "timed_out held aborted",
      "timed_out held held",
    ],
  );
});

Deno.test("Mutex.tryLock() takes a free lock and leaves another's alone", async () => {
  for (const other of [BLOCKS, AWAITS, ABORTABLE]) {
    const ends = await endsOf([TRIES, other], { rounds: 2 });
    assert(ends.includes("held+held held+held"));
    assert(ends.includes("busy+held held+held"));
    assert(!ends.some((end) => end.includes("poisoned")));
  }
});

Deno.test("Mutex: a lock that was handed on is taken by somebody, whoever gives up", async () => {
  const module = await impatient(1);
  const two = { module, timeouts: 1, rounds: 2, preemptions: 2 };
  const fine = (ends: string[]) =>
    assert(ends.includes("held+held held+held"), ends.join());
  fine(await endsOf([BLOCKS, BLOCKS], two));
  fine(await endsOf([BLOCKS, AWAITS], two));
  fine(await endsOf([HURRIES, BLOCKS], two));
  fine(await endsOf([HURRIES, ABORTABLE], two));
  fine(await endsOf([AWAITS, ABORTABLE], two));
  const three = { module, timeouts: 0, preemptions: 1 };
  for (
    const comers of [
      [BLOCKS, BLOCKS, BLOCKS],
      [BLOCKS, HURRIES, ABORTABLE],
      [BLOCKS, HURRIES, TRIES],
    ]
  ) {
    const ends = await endsOf(comers, three);
    assert(ends.includes("held held held"), ends.join());
  }
  const rounds = { module, rounds: 2, preemptions: 1 };
  const ends = await endsOf(
    [BLOCKS, BLOCKS, { ...ABORTABLE, rounds: 1 }],
    rounds,
  );
  assertEquals(ends, [
    "held+held held+held aborted",
    "held+held held+held held",
  ]);
});

Deno.test("Mutex: a hand-off to one of three outlives a timeout at any moment", async () => {
  // All ask for it at once.
  const module = await impatient(0);
  const ends = await endsOf([BLOCKS, BLOCKS, HURRIES], {
    module,
    timeouts: 1,
    preemptions: 1,
  });
  assertEquals(ends, ["held held held", "held held timed_out"]);
});

Deno.test("Mutex: a hand-off to a task is taken by somebody, whoever comes too early or too late", async () => {
  const module = await impatient(0);
  for (
    const comers of [
      [BLOCKS, AWAITS, BLOCKS],
      [BLOCKS, AWAITS, AWAITS],
      [BLOCKS, AWAITS, TRIES],
      [BLOCKS, ABORTABLE, BLOCKS],
    ]
  ) {
    const options = { module, timeouts: 1, preemptions: 1 };
    const ends = await endsOf(comers, options);
    assert(ends.includes("held held held"), ends.join());
  }
});

Deno.test("Mutex: the lock of a lost thread is recovered, and poisoned", async () => {
  for (const other of [BLOCKS, AWAITS, ABORTABLE]) {
    const ends = await endsOf([other, DIES], { expireTimeouts: [0] });
    assert(ends.includes("held died"));
    assert(ends.includes("poisoned died"));
  }
  const three = { expireTimeouts: [0, 1], preemptions: 1 };
  for (const other of [BLOCKS, AWAITS, ABORTABLE]) {
    const ends = await endsOf([BLOCKS, other, DIES], three);
    assert(ends.includes("held held died"));
    assert(ends.includes("poisoned poisoned died"));
  }
});

Deno.test("Mutex: a thread may be lost at any moment, and hangs nobody (U3)", async () => {
  const modules = [ORIGINAL, await impatient(1)];
  const crews: (readonly [Comer[], FightOptions])[] = [
    [[BLOCKS], {}],
    [[AWAITS], {}],
    [[BLOCKS, BLOCKS], { preemptions: 0 }],
    [[BLOCKS, AWAITS], { preemptions: 0 }],
  ];
  for (const module of modules) {
    for (const [others, options] of crews) {
      await wherever((stopsAt) =>
        endsOf([{ ...BLOCKS, stopsAt }, ...others], {
          module,
          expireTimeouts: others.map((_, k) => k + 1),
          ...options,
        })
      );
    }
  }
});

Deno.test("Mutex: the checker finds a lock by load and store", async () => {
  const module: Module = await mutant("sync/lock/mutex.ts", [[
    `if (Atomics.compareExchange(this.#words, LOCK, 0, me) !== 0) {
      this.#lock.take(`,
    `if (Atomics.load(this.#words, LOCK) === 0) {
      Atomics.store(this.#words, LOCK, me);
    } else {
      this.#lock.take(`,
  ]]);
  // Two are in, or one finds that another has its lock.
  const program = fight([BLOCKS, BLOCKS], { module });
  const error = await explore(program).then(() => undefined, (error) => error);
  assert(["data race", "exception"].includes(error?.violation), String(error));
});

Deno.test("Mutex: the checker finds an unlock that wakes nobody", async () => {
  const module = await changed([
    "if ((seen & CONTENDED) !== 0) this.#wake(handOn ? Infinity : 1);",
    "",
  ]);
  for (const other of [BLOCKS, AWAITS, ABORTABLE]) {
    await refuses("deadlock", fight([BLOCKS, other], { module }));
  }
});

Deno.test("Mutex: the checker finds a wake-up before the lock is free", async () => {
  const module = await changed([
    "const next = Atomics.load(this.#words, NEXT);\n    const handOn",
    `if ((seen & CONTENDED) !== 0) this.#wake(1);
    const next = Atomics.load(this.#words, NEXT);
    const handOn`,
  ], ["if ((seen & CONTENDED) !== 0) this.#wake(handOn ? Infinity : 1);", ""]);
  for (const other of [BLOCKS, AWAITS]) {
    await refuses("deadlock", fight([BLOCKS, other], { module }));
  }
});

Deno.test("Mutex: the checker finds an unlock that forgets the tasks in line", async () => {
  const module = await changed([
    "if ((armed & 1) === 0) return;",
    "return;",
  ]);
  await refuses("deadlock", fight([BLOCKS, AWAITS], { module }));
});

Deno.test("Mutex: the checker finds an unlock that wakes one task only", async () => {
  const module = await changed([
    "Atomics.notify(this.#words, ARMED);",
    "Atomics.notify(this.#words, ARMED, 1);",
  ]);
  await refuses(
    "deadlock",
    fight([BLOCKS, ABORTABLE, AWAITS], { module, rounds: 1 }),
  );
});

Deno.test("Mutex: the checker finds a woken waiter that does not mark the lock", async () => {
  const module = await changed([
    `Atomics.compareExchange(words, LOCK, seen, me | CONTENDED) === seen`,
    `Atomics.compareExchange(words, LOCK, seen, me) === seen`,
  ]);
  await refuses("deadlock", fight([BLOCKS, BLOCKS, BLOCKS], { module }));
});

Deno.test("Mutex: the checker finds a task that looks before it arms", async () => {
  const module = await changed(
    ["const armed = this.#arm();\n", "\n"],
    [
      "const sleep = Atomics.waitAsync(",
      "const armed = this.#arm();\nconst sleep = Atomics.waitAsync(",
    ],
  );
  await refuses("deadlock", fight([BLOCKS, AWAITS], { module }));
});

Deno.test("Mutex: the checker finds a task that takes a later arming for its own", async () => {
  const module = await impatient(1, [
    "ARMED, armed, armed + 1)",
    "ARMED, armed, 0)",
  ]);
  await refuses(
    "deadlock",
    fight([AWAITS, ABORTABLE], {
      module,
      timeouts: 1,
      rounds: 2,
      preemptions: 2,
    }),
  );
});

Deno.test("Mutex: the checker finds a waiter that goes and keeps what it was handed", async () => {
  const module = await impatient(1, [
    "if ((seen & OWNER) !== HANDED) return;",
    "return;",
  ]);
  for (const hurried of [HURRIES, HURRIES_ASYNC]) {
    const program = { module, rounds: 2, timeouts: 2, preemptions: 3 };
    await refuses("deadlock", fight([hurried, BLOCKS], program));
  }
});

Deno.test("Mutex: the checker finds a waiter that goes and does not change the word", async () => {
  const module = await impatient(1, [
    "if (Atomics.compareExchange(this.#words, LOCK, seen, 0) === seen) {",
    "if (Atomics.load(this.#words, LOCK) === seen) {",
  ]);
  await refuses(
    "deadlock",
    fight([HURRIES, BLOCKS], { module, rounds: 2, timeouts: 1 }),
  );
});

Deno.test("Mutex: the checker finds a hand-off that wakes one waiter only", async () => {
  const module = await impatient(1, [
    "this.#wake(handOn ? Infinity : 1);",
    "this.#wake(1);",
  ]);
  await refuses(
    "deadlock",
    fight([{ ...BLOCKS, rounds: 3 }, BLOCKS, BLOCKS], {
      module,
      preemptions: 3,
    }),
  );
});

Deno.test("Mutex: the checker finds a line that opens when its middle gives up", async () => {
  const module: Module = await mutant("sync/lock/mutex.ts", [], {
    "sync/thread/task_line.ts": [[
      "if (before === undefined) over.resolve();\n      else before.then(over.resolve);",
      "",
    ]],
    "sync/lock/lock_word.ts": [],
  });
  await refuses("deadlock", fight([BLOCKS, TASKS], { module }));
});

Deno.test("Mutex: the checker finds a waiter that does not look for a loss", async () => {
  const module = await changed([
    "return owner > HANDED && !this.#threads!.isLive(owner);",
    "return false;",
  ]);
  for (const other of [BLOCKS, AWAITS]) {
    const program = fight([other, DIES], { module, expireTimeouts: [0] });
    const error = await explore(program).then(
      () => undefined,
      (error) => error,
    );
    assert(["livelock", "exception"].includes(error?.violation), String(error));
  }
});

Deno.test("Mutex: the checker finds a recovery by a store", async () => {
  const module = await changed([
    `if (Atomics.compareExchange(this.#words, LOCK, seen, mine) !== seen) {
      return false;
    }`,
    "Atomics.store(this.#words, LOCK, mine);",
  ]);
  const program = fight([BLOCKS, BLOCKS, DIES], {
    module,
    expireTimeouts: [0, 1],
    preemptions: 2,
  });
  const error = await explore(program).then(() => undefined, (error) => error);
  assert(error !== undefined);
});
