/**
 * Model tests of `Semaphore`. Bounds: two threads in all interleavings where no
 * `preemptions` are given, else within so many of them; three within the number
 * given. Slices end only where `timeouts` or `expireTimeouts` is given.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/arena.ts";
import { wordsOf } from "../../sync/memory.ts";
import { SemaphoreClosedError } from "../../sync/permits.ts";
import {
  Semaphore,
  type SemaphoreHandle,
  type SemaphoreOptions,
} from "../../sync/semaphore.ts";
import {
  becomeThread,
  type CurrentThread,
  ThreadRegistry,
} from "../../sync/thread.ts";
import { explore, type ModelThread, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses, type Words } from "./futex_mutex.ts";

type Module = Pick<typeof import("../../sync/semaphore.ts"), "Semaphore">;
const ORIGINAL: Module = { Semaphore };

interface Shared {
  readonly semaphore: SemaphoreHandle;
  /** Written under all permits only. */
  readonly payload: Words;
}

/** What a thread does. */
type Role = (
  semaphore: Semaphore,
  thread: ModelThread,
  shared: Shared,
) => unknown;

interface Options extends SemaphoreOptions {
  readonly permits?: number;
  readonly module?: Module;
  readonly timeouts?: number;
  readonly preemptions?: number;
  readonly expireTimeouts?: readonly number[];
  /** What is there in the end; by default what was there first. */
  readonly left?: number;
  /** The first ticket. */
  readonly ticket?: number;
  /** One of the threads is lost from the start. */
  readonly lost?: number;
  readonly prepare?: (handle: SemaphoreHandle, crew: CurrentThread[]) => void;
}

function scene(
  roles: readonly Role[],
  options: Options = {},
): Program<Shared> & { readonly ends: Set<string> } {
  const { permits = 1, module = ORIGINAL, left = permits } = options;
  const { max = Math.max(permits, 1), maxWaiters = 2, ticket = 0 } = options;
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      const threads = new ThreadRegistry(4);
      crew = Array.from(
        { length: 4 },
        () => ({ threads, id: threads.claim() }),
      );
      const { handle } = new module.Semaphore(permits, { max, maxWaiters });
      start(handle, ticket);
      options.prepare?.(handle, crew);
      return { semaphore: handle, payload: wordsOf(allocate(4), 1) };
    },
    threads: roles.map((role) => (shared: Shared, thread: ModelThread) =>
      role(module.Semaphore.from(shared.semaphore), thread, shared)
    ),
    check: ({ semaphore }, results) => {
      ends.add(results.join(" "));
      const words = wordsOf(semaphore, 128);
      assertEquals(Atomics.load(words, 0) & 0xfffff, left, `${results}`);
      // Nobody is counted as waiting, nobody serves.
      assertEquals(Atomics.load(words, 0) >> 20 & 0x7ff, 0);
      if (!options.prepare) assertEquals(Atomics.load(words, 65), 0);
      assertEquals(Atomics.load(words, 64), Atomics.load(words, 32));
    },
    timeouts: options.timeouts ?? 0,
    ...(options.preemptions === undefined
      ? {}
      : { preemptions: options.preemptions }),
    expireTimeouts: options.expireTimeouts ?? [],
    maxSchedules: 300_000,
  };
}

/** Puts the queue at a ticket, as if so many had been served. */
function start(handle: SemaphoreHandle, ticket: number): void {
  const words = wordsOf(handle, 128 + 2 * handle.maxWaiters);
  Atomics.store(words, 32, ticket);
  Atomics.store(words, 64, ticket);
  const places = handle.maxWaiters;
  const shift = Math.log2(places);
  for (let k = 0; k < places; k++) {
    const next = (ticket | 0) + ((k - ticket) & (places - 1));
    const lap = ((next >>> 0) >>> shift) & 0x3ff;
    Atomics.store(words, 128 + 2 * k, lap << 22);
  }
}

function endOf(error: unknown): string {
  if (error instanceof SemaphoreClosedError) return "closed";
  if (!(error instanceof DOMException)) throw error;
  return error.name === "TimeoutError" ? "late" : "aborted";
}

/** Takes permits, writes under them, and gives them back. */
function holds(n = 1, timeout = Infinity): Role {
  return (semaphore, thread, { payload }) => {
    try {
      const permits = semaphore.acquire(n, { timeout });
      payload[0] = thread.index;
      assertEquals(payload[0], thread.index);
      permits[Symbol.dispose]();
      return "held";
    } catch (error) {
      return endOf(error);
    }
  };
}

function holdsAsync(
  n = 1,
  abortable: boolean | string = false,
  timeout = Infinity,
): Role {
  return async (semaphore, thread, { payload }) => {
    try {
      const permits = await semaphore.acquireAsync(n, {
        timeout,
        ...(abortable === false ? {} : {
          signal: abortable === true
            ? thread.signal()
            : thread.signal(abortable),
        }),
      });
      payload[0] = thread.index;
      permits[Symbol.dispose]();
      return "held";
    } catch (error) {
      return endOf(error);
    }
  };
}

/** Takes permits and keeps them. */
function takes(n = 1): Role {
  return (semaphore) => semaphore.acquire(n).count;
}

/** Aborts another thread's wait some time later, and takes a permit. */
const abortsAndHolds: Role = (semaphore, thread, shared) => {
  thread.abort("stop");
  return holds()(semaphore, thread, shared);
};

const releases = (n: number): Role => (semaphore) => semaphore.release(n);
const closes: Role = (semaphore) => semaphore.close();
const ABORTABLE = holdsAsync(1, true);

async function endsOf(
  roles: readonly Role[],
  options?: Options,
): Promise<string[]> {
  const program = scene(roles, options);
  const { complete } = await explore(program);
  assert(complete);
  return [...program.ends].sort();
}

Deno.test("Semaphore.acquire() lets one thread in at a time", async () => {
  assertEquals(await endsOf([holds(), holds()]), ["held held"]);
  assertEquals(await endsOf([holds(), holdsAsync()]), ["held held"]);
  assertEquals(
    await endsOf([holdsAsync(), holdsAsync()], { preemptions: 2 }),
    ["held held"],
  );
  assertEquals(
    await endsOf([holds(), holds(), holdsAsync()], { preemptions: 1 }),
    ["held held held"],
  );
});

Deno.test("Semaphore: who finds no place waits for one", async () => {
  const options = { maxWaiters: 1, preemptions: 2 };
  const twice = (role: Role): Role => async (...all) => {
    await role(...all);
    return await role(...all);
  };
  assertEquals(await endsOf([holds(), twice(holds())], options), [
    "held held",
  ]);
  assertEquals(
    await endsOf([holds(), holds(), holdsAsync()], {
      ...options,
      preemptions: 1,
    }),
    ["held held held"],
  );
  const module = await broken([
    "// For who waits for the place.\n    Atomics.notify(this.#words, at);",
    "",
  ]);
  await refuses(
    "deadlock",
    scene([takes(), releases(2), takes()], {
      ...options,
      permits: 0,
      max: 2,
      left: 0,
      module,
    }),
  );
});

Deno.test("Semaphore: tickets may pass 2^31 and 2^32, and laps their end", async () => {
  for (const ticket of [2 ** 31 - 1, -1, 2 ** 11 - 1, 2047]) {
    assertEquals(
      await endsOf([holds(), holds()], { ticket, preemptions: 2 }),
      ["held held"],
    );
  }
});

Deno.test("Semaphore.acquireAsync() that is aborted passes its permits on", async () => {
  assertEquals(await endsOf([holds(), ABORTABLE], { preemptions: 2 }), [
    "held aborted",
    "held held",
  ]);
  // All places are used again.
  assertEquals(
    await endsOf([releases(1), ABORTABLE, holds()], {
      permits: 0,
      left: 1,
      preemptions: 0,
    }),
    [" aborted held", " held held"],
  );
});

Deno.test("Semaphore: who waited for more than is there lets others pass when it gives up", async () => {
  // One permit is there, the first wants two: only its abort or timeout helps.
  const options = { permits: 1, max: 2, preemptions: 1 };
  const ends = await endsOf([abortsAndHolds, holdsAsync(2, "stop")], options);
  assertEquals(ends, ["held aborted"]);
  assertEquals(
    await endsOf([holds(1), holds(2, 50)], { ...options, expireTimeouts: [1] }),
    ["held late"],
  );
  assertEquals(
    await endsOf([holdsAsync(1), holdsAsync(2, false, 50)], {
      ...options,
      expireTimeouts: [1],
    }),
    ["held late"],
  );
});

Deno.test("Semaphore.acquire() takes many permits at once, and each release is served", async () => {
  assertEquals(
    await endsOf([takes(2), releases(1), releases(1)], {
      permits: 0,
      max: 2,
      left: 0,
      preemptions: 2,
    }),
    ["2  "],
  );
  assertEquals(
    await endsOf([takes(1), holdsAsync(2), releases(3)], {
      permits: 0,
      max: 3,
      left: 2,
      preemptions: 1,
    }),
    ["1 held "],
  );
});

Deno.test("Semaphore.acquire() that times out took nothing", async () => {
  for (const other of [holds(), holdsAsync()]) {
    assertEquals(
      await endsOf([holds(1, 50), other], { timeouts: 1, preemptions: 2 }),
      ["held held", "late held"],
    );
  }
  assertEquals(
    await endsOf([holds(1, 50), releases(1)], {
      permits: 0,
      left: 1,
      timeouts: 1,
    }),
    ["held ", "late "],
  );
});

Deno.test("Semaphore.close() ends every wait", async () => {
  for (const waits of [holds(), holdsAsync(), ABORTABLE]) {
    const ends = await endsOf([waits, closes], { permits: 0, preemptions: 2 });
    assert(ends.includes("closed "));
    assertEquals(
      await endsOf([waits, closes], { preemptions: 2 }).then(
        (ends) => ends.includes("held "),
      ),
      true,
    );
  }
  assertEquals(
    await endsOf([holds(), closes, holdsAsync()], {
      permits: 0,
      preemptions: 1,
    }),
    ["closed  closed"],
  );
});

Deno.test("Semaphore: what a lost waiter was to get goes to the next", async () => {
  // A thread that waits for one permit, and is lost.
  const prepare = (handle: SemaphoreHandle, crew: CurrentThread[]) => {
    const words = wordsOf(handle, 130);
    Atomics.store(words, 0, 1 << 20);
    Atomics.store(words, 128, 1 << 2 | 1);
    Atomics.store(words, 129, crew[3]!.id);
    Atomics.store(words, 32, 1);
    crew[3]!.threads.markLost(crew[3]!.id);
  };
  const options = { permits: 0, left: 1, prepare, preemptions: 2 };
  assertEquals(await endsOf([holds(), releases(1)], options), ["held "]);
  assertEquals(await endsOf([holdsAsync(), releases(1)], options), ["held "]);
});

Deno.test("Semaphore: what a lost thread left undone is done within a slice", async () => {
  const lose = (crew: CurrentThread[]) =>
    crew[3]!.threads.markLost(crew[3]!.id);
  // It served the queue when it was lost.
  const served = (handle: SemaphoreHandle, crew: CurrentThread[]) => {
    Atomics.store(wordsOf(handle, 66), 65, crew[3]!.id);
    lose(crew);
  };
  assertEquals(
    await endsOf([holds(), holds()], { prepare: served, preemptions: 2 }),
    ["held held"],
  );
  // It was given the permit, and lost before it woke up.
  const granted = (handle: SemaphoreHandle, crew: CurrentThread[]) => {
    const words = wordsOf(handle, 130);
    Atomics.store(words, 128, 1 << 2 | 2);
    Atomics.store(words, 129, crew[3]!.id);
    Atomics.store(words, 32, 1);
    Atomics.store(words, 64, 1);
    lose(crew);
  };
  assertEquals(
    await endsOf([holds()], {
      permits: 0,
      left: 1,
      prepare: granted,
      expireTimeouts: [0],
    }),
    ["held"],
  );
});

function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/semaphore.ts", [], { "sync/semaphore_queue.ts": edits });
}

Deno.test("Semaphore: the checker finds a release that does not serve", async () => {
  const module = await broken([
    "if (waitersOf(state) > 0) this.#serve();",
    "",
  ]);
  await refuses("deadlock", scene([holds(), holds()], { module }));
});

Deno.test("Semaphore: the checker finds a grant without a notify", async () => {
  const module = await broken([
    `Atomics.notify(this.#words, at);
    return true;
  }

  /** Does what`,
    `return true;
  }

  /** Does what`,
  ]);
  await refuses("deadlock", scene([holds(), holds()], { module }));
});

Deno.test("Semaphore: the checker finds a waiter that does not look again once it is in the queue", async () => {
  const module = await broken([
    "this.#advance(TAIL, ticket);\n        this.#serve();\n        return ticket;",
    "this.#advance(TAIL, ticket);\n        return ticket;",
  ]);
  await refuses("deadlock", scene([holds(), holds()], { module }));
});

Deno.test("Semaphore: the checker finds a server that is not asked to look again", async () => {
  const module = await broken([": server | DIRTY;", ": server;"]);
  await refuses("deadlock", scene([holds(), holds()], { module }));
});

Deno.test("Semaphore: the checker finds permits taken by load and store", async () => {
  const module = await broken([
    `if (
        Atomics.compareExchange(this.#words, STATE, state, state - n) === state
      ) return true;`,
    "Atomics.store(this.#words, STATE, state - n); return true;",
  ]);
  const error = await explore(scene([holds(), holds()], { module })).then(
    () => undefined,
    (error) => error.violation,
  );
  assert(error !== undefined);
});

Deno.test("Semaphore: the checker finds an aborted waiter that keeps what it was given", async () => {
  const module = await broken([
    "this.#putBack(this.#leave(ticket));",
    "this.#leave(ticket);",
  ]);
  await refuses(
    "exception",
    scene([releases(1), ABORTABLE], { permits: 0, left: 1, module }),
  );
});

Deno.test("Semaphore: the checker finds an aborted waiter that does not let others pass", async () => {
  const module = await broken([
    "// Who stands behind may be content with what is there.\n    this.#serve();",
    "",
  ]);
  await refuses(
    "exception",
    scene([abortsAndHolds, holdsAsync(2, "stop")], { max: 2, module }),
  );
});

Deno.test("Semaphore: the checker finds a waiter that leaves by a store", async () => {
  const module = await broken([
    `Atomics.compareExchange(
        this.#words,
        this.#at(ticket),
        waiting,
        gone,
      ) !== waiting`,
    "(Atomics.store(this.#words, this.#at(ticket), gone), false)",
  ]);
  const violation = await explore(
    scene([releases(1), ABORTABLE], { permits: 0, left: 1, module }),
  ).then(() => undefined, (error) => error.violation);
  assert(violation !== undefined);
});

Deno.test("Semaphore: the checker finds a close that wakes nobody", async () => {
  const module = await broken([
    "Atomics.or(this.#words, STATE, CLOSED);\n    this.#serve();",
    "Atomics.or(this.#words, STATE, CLOSED);",
  ]);
  await refuses("deadlock", scene([holds(), closes], { permits: 0, module }));
});
