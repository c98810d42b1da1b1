/**
 * Model tests of `Condition`, with the mutex of the library. Bounds: two threads
 * in all interleavings, three with one preemption; less where waits may end by
 * themselves, as each test says. A wait ends a slice only where `timeouts` or
 * `expireTimeouts` is given. Who notifies is lost in front of each of the atomic
 * operations of that.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { Condition, type ConditionHandle } from "../../sync/lock/condition.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { Mutex, type MutexHandle } from "../../sync/lock/mutex.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { explore, type ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses, type Words } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";
import {
  type Bounds,
  boundsOf,
  crewOf,
  type Ending,
  exploredEnds,
  markLost,
} from "./program.ts";

type Module = Pick<typeof import("../../sync/lock/condition.ts"), "Condition">;
const ORIGINAL: Module = { Condition };

interface Shared {
  readonly mutex: MutexHandle;
  readonly condition: ConditionHandle;
  /** One word: how many items there are. */
  readonly payload: Words;
}

/** What a thread does. */
interface Role {
  readonly does: "takes" | "takesAsync" | "gives";
  /** How many items it gives, each with a notification of its own. */
  readonly items?: number;
  /** Gives them at once, with one notification for all. */
  readonly all?: boolean;
  /** Is lost when it has done so many operations of its last notification. */
  readonly steps?: number;
  readonly timeout?: number;
  /** May be aborted at any moment. */
  readonly abortable?: boolean;
}

const TAKES: Role = { does: "takes" };
const TAKES_ASYNC: Role = { does: "takesAsync" };
const ABORTABLE: Role = { does: "takesAsync", abortable: true };
const HURRIES: Role = { does: "takes", timeout: 50 };
const HURRIES_ASYNC: Role = { does: "takesAsync", timeout: 50 };
const GIVES: Role = { does: "gives" };
const GIVES_2: Role = { does: "gives", items: 2 };
const GIVES_ALL: Role = { does: "gives", items: 2, all: true };

interface TradeOptions extends Bounds {
  readonly module?: Module;
}

function trade(
  roles: readonly Role[],
  options: TradeOptions = {},
): Ending<Shared> {
  const { module = ORIGINAL } = options;
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(roles.length);
      return {
        mutex: new Mutex().handle,
        condition: new module.Condition().handle,
        payload: wordsOf(allocate(4), 1),
      };
    },
    threads: roles.map((role) => {
      if (role.does === "gives") {
        return (shared: Shared, thread: ModelThread) =>
          gives(shared, thread, role, module, () => crew);
      }
      return role.does === "takes"
        ? (shared: Shared) => takes(shared, role, module)
        : (shared: Shared, thread: ModelThread) =>
          takesAsync(shared, thread, role, module);
    }),
    check: ({ mutex, payload }, results) => {
      ends.add(results.join(" "));
      const given = roles.reduce(
        (sum, role) => sum + (role.does === "gives" ? role.items ?? 1 : 0),
        0,
      );
      const taken = results.filter((end) => end === "took").length;
      assertEquals(payload[0], given - taken, results.join(" "));
      assert(!Mutex.from(mutex).isLocked && !Mutex.from(mutex).isPoisoned);
    },
    ...boundsOf(options),
  };
}

function gives(
  shared: Shared,
  thread: ModelThread,
  role: Role,
  module: Module,
  crew: () => readonly CurrentThread[],
): unknown {
  const mutex = Mutex.from(shared.mutex);
  const condition = module.Condition.from(shared.condition);
  const { items = 1, all = false, steps } = role;
  const turns = all ? 1 : items;
  for (let turn = 1; turn <= turns; turn++) {
    mutex.lock();
    shared.payload[0]! += all ? items : 1;
    mutex.unlock();
    const call = () => {
      if (all) condition.notifyAll();
      else condition.notify();
      return "gave";
    };
    if (turn < turns || steps === undefined) call();
    else {return mortal(steps, call, (k) => markLost(crew()[k]!))(
        shared,
        thread,
      );}
  }
  return "gave";
}

function takes(shared: Shared, role: Role, module: Module): string {
  const mutex = Mutex.from(shared.mutex);
  const condition = module.Condition.from(shared.condition);
  const guard = mutex.lock();
  try {
    condition.waitFor(guard, () => shared.payload[0]! > 0, {
      timeout: role.timeout ?? Infinity,
    });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    mutex.unlock();
    return "gave_up";
  }
  shared.payload[0]!--;
  mutex.unlock();
  return "took";
}

async function takesAsync(
  shared: Shared,
  thread: ModelThread,
  role: Role,
  module: Module,
): Promise<string> {
  const mutex = Mutex.from(shared.mutex);
  const condition = module.Condition.from(shared.condition);
  const signal = role.abortable ? { signal: thread.signal() } : {};
  await mutex.lockAsync();
  try {
    await condition.waitForAsync(mutex, () => shared.payload[0]! > 0, {
      timeout: role.timeout ?? Infinity,
      ...signal,
    });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    mutex.unlock();
    return "gave_up";
  }
  shared.payload[0]!--;
  mutex.unlock();
  return "took";
}

/** Explores all of a program; returns the ends that were seen. */
async function endsOf(
  roles: readonly Role[],
  options?: TradeOptions,
): Promise<string[]> {
  return await exploredEnds(trade(roles, options));
}

/** A condition with mistakes. */
function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/lock/condition.ts", edits);
}

const BOUND = { preemptions: 1 };
/** For three threads where waits may end by themselves besides. */
const IN_TURN = { preemptions: 0 };

Deno.test("Condition.notify() wakes who waits, by either door", async () => {
  for (const taker of [TAKES, TAKES_ASYNC]) {
    assertEquals(await endsOf([taker, GIVES]), ["took gave"]);
    assertEquals(await endsOf([TAKES, taker, GIVES_2], BOUND), [
      "took took gave",
    ]);
  }
});

Deno.test("Condition.notifyAll() wakes all", async () => {
  for (const taker of [TAKES, TAKES_ASYNC]) {
    assertEquals(await endsOf([TAKES, taker, GIVES_ALL], BOUND), [
      "took took gave",
    ]);
  }
});

Deno.test("Condition: who is aborted holds the mutex again and takes no call from others", async () => {
  const either = ["gave_up gave", "took gave"];
  assertEquals(await endsOf([ABORTABLE, GIVES]), either);
  for (const taker of [TAKES, TAKES_ASYNC]) {
    const bounds = taker === TAKES ? BOUND : IN_TURN;
    assertEquals(await endsOf([ABORTABLE, taker, GIVES_2], bounds), [
      "gave_up took gave",
      "took took gave",
    ]);
  }
});

Deno.test("Condition: who gives up in time holds the mutex again and takes no call from others", async () => {
  const either = ["gave_up gave", "took gave"];
  const timeouts = 1;
  for (const hurried of [HURRIES, HURRIES_ASYNC]) {
    const two = { timeouts, preemptions: 2 };
    assertEquals(await endsOf([hurried, GIVES], two), either);
    const three = { timeouts, ...IN_TURN };
    assertEquals(await endsOf([hurried, TAKES, GIVES_2], three), [
      "gave_up took gave",
      "took took gave",
    ]);
  }
});

Deno.test("Condition: who is lost after its count and before its notify leaves nobody asleep", async () => {
  for (const taker of [TAKES, TAKES_ASYNC]) {
    for (const giver of [GIVES_2, GIVES_ALL]) {
      await losesCaller([TAKES, taker], giver);
    }
    await losesCaller([taker], GIVES);
  }
});

Deno.test("Condition.notify() reaches a thread whose slice ends at that moment, or another", async () => {
  const timeouts = 1;
  for (
    const [taker, bounds] of [
      [TAKES, { timeouts }],
      [TAKES, { timeouts: 2, preemptions: 2 }],
      [TAKES_ASYNC, { timeouts, preemptions: 2 }],
    ] as const
  ) assertEquals(await endsOf([taker, GIVES], bounds), ["took gave"]);
  for (const taker of [TAKES, TAKES_ASYNC]) {
    const bounds = { timeouts, ...IN_TURN };
    const ends = await endsOf([TAKES, taker, GIVES_2], bounds);
    assertEquals(ends, ["took took gave"]);
  }
});

/** A last notification is cut short after each of its steps but the first. */
async function losesCaller(
  takers: readonly Role[],
  giver: Role,
  module: Module = ORIGINAL,
): Promise<void> {
  for (let steps = 1;; steps++) {
    const program = trade([...takers, { ...giver, steps }], {
      module,
      // The ends of slices are all that goes on.
      expireTimeouts: takers.map((_, k) => k),
      ...(takers.length > 1 ? BOUND : {}),
    });
    const { complete } = await explore(program);
    assert(complete);
    const took = takers.map(() => "took").join(" ");
    if (program.ends.has(`${took} gave`)) {
      assert(steps > 1);
      assertEquals([...program.ends], [`${took} gave`]);
      return;
    }
    assertEquals([...program.ends], [`${took} lost`]);
  }
}

Deno.test("Condition: the checker finds a wait that a lost call does not end", async () => {
  const fails = async (taker: Role, edit: Edit) => {
    const module = await broken(edit);
    const error = await losesCaller([taker], GIVES, module).then(
      () => undefined,
      (error) => error,
    );
    assert(["deadlock", "livelock"].includes(error?.violation), `${error}`);
  };
  // One sleep for all of the time.
  await fails(TAKES, [
    "Atomics.wait(this.#words, CALLS, calls, deadline.slice(SLICE))",
    "Atomics.wait(this.#words, CALLS, calls, deadline.slice(Infinity))",
  ]);
  // Lost between the two words.
  await fails(TAKES_ASYNC, [
    "Atomics.load(this.#words, CALLS) !== counted",
    "false",
  ]);
});

Deno.test("Condition: the checker finds a wait that counts anew in each slice", async () => {
  const module = await broken([
    "Atomics.wait(this.#words, CALLS, calls, deadline.slice(SLICE))",
    `Atomics.wait(
        this.#words,
        CALLS,
        Atomics.load(this.#words, CALLS),
        deadline.slice(SLICE),
      )`,
  ]);
  await refuses("deadlock", trade([TAKES, GIVES], { module, timeouts: 1 }));
});

Deno.test("Condition: the checker finds a call that is not counted", async () => {
  const module = await broken(
    ["Atomics.add(this.#words, CALLS, 1);", ""],
    ["Atomics.add(this.#words, CALLS_ASYNC, 1);", ""],
  );
  await refuses("deadlock", trade([TAKES, GIVES], { module }));
  await refuses("deadlock", trade([TAKES_ASYNC, GIVES], { module }));
});

Deno.test("Condition: the checker finds a call that wakes before it counts", async () => {
  const module = await broken(
    ["Atomics.add(this.#words, CALLS, 1);\n", "\n"],
    [
      "Atomics.notify(this.#words, CALLS, threads);",
      `Atomics.notify(this.#words, CALLS, threads);
       Atomics.add(this.#words, CALLS, 1);`,
    ],
  );
  await refuses("deadlock", trade([TAKES, GIVES], { module }));
});

Deno.test("Condition: the checker finds a wait that counts calls after the unlock", async () => {
  const module = await broken(
    [
      "const calls = Atomics.load(this.#words, CALLS);\n    mutex.unlock();",
      `
      mutex.unlock();
      const calls = Atomics.load(this.#words, CALLS);`,
    ],
    [
      "const calls = Atomics.load(this.#words, CALLS_ASYNC);\n    mutex.unlock();",
      `mutex.unlock();
       const calls = Atomics.load(this.#words, CALLS_ASYNC);`,
    ],
  );
  await refuses("deadlock", trade([TAKES, GIVES], { module }));
  await refuses("deadlock", trade([TAKES_ASYNC, GIVES], { module }));
});

Deno.test("Condition: the checker finds a call that wakes one task only", async () => {
  const module = await broken([
    "Atomics.notify(this.#words, CALLS_ASYNC);",
    "Atomics.notify(this.#words, CALLS_ASYNC, 1);",
  ]);
  await refuses("deadlock", trade([ABORTABLE, TAKES_ASYNC, GIVES], { module }));
});

Deno.test("Condition: the checker finds a wait that ends without the mutex", async () => {
  const module = await broken(
    ["mutex.lock({ evenIfPoisoned: true });\n    checkPoison", "checkPoison"],
    ["await mutex.lockAsync({ evenIfPoisoned: true });\n", "\n"],
  );
  for (const taker of [TAKES, TAKES_ASYNC, ABORTABLE]) {
    const error = await explore(trade([taker, GIVES], { module })).then(
      () => undefined,
      (error) => error,
    );
    assert(["exception", "data race"].includes(error?.violation), `${error}`);
  }
});

Deno.test("Condition: the checker finds a wait that keeps the mutex", async () => {
  const module = await broken([
    "const calls = Atomics.load(this.#words, CALLS);\n    mutex.unlock();",
    "const calls = Atomics.load(this.#words, CALLS);",
  ]);
  await refuses("deadlock", trade([TAKES, GIVES], { module }));
});
