/**
 * Model tests of `Semaphore`. Bounds: two threads in all interleavings where no
 * `preemptions` are given, else within so many of them; three within the number
 * given. Slices end only where `timeouts` or `expireTimeouts` is given. A thread
 * is lost in front of each of its atomic operations, with one preemption at most.
 */

import { assert, assertEquals } from "@std/assert";
import { allocate } from "../../sync/memory/arena.ts";
import { wordsOf } from "../../sync/memory/memory.ts";
import { SemaphoreClosedError } from "../../sync/waiting/permits.ts";
import {
  placeOf,
  WAITING,
  wordCountOf,
} from "../../sync/waiting/semaphore_layout.ts";
import type { Ticket } from "../../sync/waiting/semaphore_places.ts";
import { SemaphoreQueue, TAKEN } from "../../sync/waiting/semaphore_queue.ts";
import {
  Semaphore,
  type SemaphoreHandle,
  type SemaphoreOptions,
} from "../../sync/waiting/semaphore.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import { Deadline } from "../../sync/thread/timeout.ts";
import { waitFor } from "../../sync/thread/wait.ts";
import { explore, type ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses, type Words } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";
import {
  type Bounds,
  crewOf,
  type Ending,
  exploredEnds,
  markLost,
} from "./program.ts";

type Module = Pick<
  typeof import("../../sync/waiting/semaphore.ts"),
  "Semaphore"
>;
const ORIGINAL: Module = { Semaphore };

const LOCK = 32;
const TAIL = 33;
const HEAD = 34;
const STEP = 35;
const CROWD = 64;

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

interface Options extends SemaphoreOptions, Bounds {
  readonly permits?: number;
  readonly module?: Module;
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
): Ending<Shared> {
  const { permits = 1, module = ORIGINAL, left = permits } = options;
  const { max = Math.max(permits, 1), maxWaiters = 2, ticket = 0 } = options;
  const ends = new Set<string>();
  let crew: CurrentThread[] = [];
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
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
      // Nobody has the lock or is in the queue, and nothing is half done.
      assertEquals(Atomics.load(words, LOCK), 0);
      assertEquals(Atomics.load(words, STEP), 0);
      assertEquals(Atomics.load(words, HEAD), Atomics.load(words, TAIL));
      const crowd = Atomics.load(words, CROWD) & 1;
      assertEquals(Atomics.load(words, 0) >> 30 & 1, crowd);
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
  const words = wordsOf(handle, 64);
  Atomics.store(words, TAIL, ticket);
  Atomics.store(words, HEAD, ticket);
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
  return await exploredEnds(scene(roles, options));
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
    "Atomics.store(words, CROWD, crowd + 1);\n      Atomics.notify(words, CROWD);",
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

Deno.test("Semaphore: tickets may pass 2^31 and 2^32", async () => {
  for (const ticket of [2 ** 31 - 1, -1]) {
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
      preemptions: 1,
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
      await endsOf([holds(1, 50), other], { timeouts: 1, preemptions: 1 }),
      ["held held", "late held"],
    );
  }
  assertEquals(
    await endsOf([holds(1, 50), releases(1)], {
      permits: 0,
      left: 1,
      timeouts: 1,
      preemptions: 2,
    }),
    ["held ", "late "],
  );
});

Deno.test("Semaphore.close() ends every wait", async () => {
  for (const waits of [holds(), holdsAsync(), ABORTABLE]) {
    const ends = await endsOf([waits, closes], { permits: 0, preemptions: 1 });
    assert(ends.includes("closed "));
    assertEquals(
      await endsOf([waits, closes], { preemptions: 1 }).then(
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

/** The queue of a semaphore, as another thread uses it. */
function queueOf(
  handle: SemaphoreHandle,
  module: typeof QUEUES = QUEUES,
): SemaphoreQueue {
  const { maxWaiters } = handle;
  const words = wordsOf(handle, wordCountOf(maxWaiters));
  return new module.SemaphoreQueue(words, 2, maxWaiters);
}
const QUEUES: Pick<
  typeof import("../../sync/waiting/semaphore_queue.ts"),
  "SemaphoreQueue"
> = { SemaphoreQueue };

Deno.test("Semaphore: what a lost waiter was to get goes to the next", async () => {
  // A thread that waits for one permit, and is lost.
  const prepare = (handle: SemaphoreHandle, crew: CurrentThread[]) => {
    becomeThread(crew[3]!);
    queueOf(handle).enter(1);
    markLost(crew[3]!);
  };
  const options = { permits: 0, left: 1, prepare, preemptions: 2 };
  assertEquals(await endsOf([holds(), releases(1)], options), ["held "]);
  assertEquals(await endsOf([holdsAsync(), releases(1)], options), ["held "]);
});

/** Longer than a slice, in which a loss must be found, after one that is none. */
const LONGER = 250;

interface Loss {
  readonly preemptions?: number;
  readonly maxWaiters?: number;
  readonly module?: typeof QUEUES;
  /** Done before by all of them. */
  readonly prepare?: (as: (thread: number) => SemaphoreQueue) => void;
  /** What the lost thread does. */
  readonly does: (queue: SemaphoreQueue) => unknown;
  /** What the other one does before it takes a permit. */
  readonly before?: (queue: SemaphoreQueue) => void;
  /** How many permits there are in the end, those of the other one included. */
  readonly total: readonly number[];
}

/**
 * Loses a thread in front of each of its operations, and sees to it that another
 * one gets its permit if there is one.
 */
async function lose(loss: Loss): Promise<void> {
  const { maxWaiters = 2, module = QUEUES } = loss;
  for (let steps = 0;; steps++) {
    assert(steps < 150);
    let crew: CurrentThread[] = [];
    let lost = false;
    const { complete } = await explore<SemaphoreHandle>({
      enter: (thread) => becomeThread(crew[thread]!),
      setup: () => {
        crew = crewOf(4);
        const { handle } = new Semaphore(0, { max: 2, maxWaiters });
        loss.prepare?.((thread) => {
          becomeThread(crew[thread]!);
          return queueOf(handle, module);
        });
        markLost(crew[2]!);
        return handle;
      },
      threads: [
        mortal(
          steps,
          (handle) => loss.does(queueOf(handle, module)),
          (thread) => markLost(crew[thread]!),
        ),
        (handle) => {
          const queue = queueOf(handle, module);
          loss.before?.(queue);
          return takesOne(queue);
        },
      ],
      check: (handle, [first, second]) => {
        lost ||= first === "lost";
        becomeThread(crew[3]!);
        const queue = queueOf(handle, module);
        const { available } = queue;
        const result = `${String(first)} ${second}, ${available} available`;
        assert(second === "held" || available === 0, result);
        const all = available + Number(second === "held");
        assert(loss.total.includes(all), result);
        // And whoever was lost, it goes on.
        while (queue.available > 0) assert(queue.take(1), result);
        queue.release(2);
        assert(queue.take(1) && queue.take(1), result);
        const ticket = queue.enter(1);
        // Or what a lost thread has not taken is found.
        assert(ticket !== undefined, result);
        if (ticket !== TAKEN) queue.giveUp(ticket);
      },
      expireTimeouts: [0, 1],
      preemptions: loss.preemptions ?? 0,
    });
    assert(complete);
    if (!lost) return;
  }
}

/** What `Semaphore.acquire()` does. */
function takesOne(queue: SemaphoreQueue): string {
  const deadline = new Deadline(LONGER);
  let ticket: Ticket | undefined;
  try {
    if (queue.take(1)) return "held";
    for (;;) {
      const entered = queue.enter(1);
      if (entered === TAKEN) return "held";
      ticket = entered;
      if (ticket !== undefined) break;
      waitFor(queue.vacancy(), {}, deadline);
    }
    waitFor(queue.turn(ticket, 1), {}, deadline);
    queue.receive(ticket);
    return "held";
  } catch (error) {
    if (ticket !== undefined) queue.giveUp(ticket);
    return endOf(error);
  }
}

/** Asks for permits, and gives up. */
function entersAndLeaves(queue: SemaphoreQueue, n: number): void {
  const ticket = queue.enter(n);
  if (typeof ticket === "number") queue.giveUp(ticket);
}

const LOSSES: Readonly<Record<string, Loss>> = {
  "while it releases": {
    preemptions: 1,
    does: (queue) => queue.release(1),
    total: [0, 1],
  },
  "while it releases, and others wait": {
    prepare: (as) => as(2).enter(2),
    does: (queue) => queue.release(2),
    total: [0, 2],
  },
  "while it enters": {
    preemptions: 1,
    does: (queue) => entersAndLeaves(queue, 1),
    before: (queue) => queue.release(1),
    // It may be lost with the permit.
    total: [0, 1],
  },
  "while it enters for more than there is": {
    does: (queue) => entersAndLeaves(queue, 2),
    before: (queue) => queue.release(1),
    total: [1],
  },
  "while it finds no place": {
    maxWaiters: 1,
    prepare: (as) => as(2).enter(1),
    does: (queue) => {
      entersAndLeaves(queue, 2);
      entersAndLeaves(queue, 2);
    },
    before: (queue) => queue.release(1),
    total: [1],
  },
  "while it gives up": {
    prepare: (as) => as(0).enter(2),
    does: (queue) => queue.giveUp(0),
    before: (queue) => queue.release(1),
    total: [1],
  },
  "while it gives up what it was given": {
    prepare: (as) => {
      as(0).enter(1);
      as(0).release(1);
    },
    does: (queue) => queue.giveUp(0),
    total: [1],
  },
  "while it takes over from another": {
    prepare: (as) => {
      as(2).enter(1);
      as(2).release(1);
      as(0).enter(2);
    },
    does: (queue) => {
      // As after a slice.
      const turn = queue.turn(1, 2);
      const place = placeOf(WAITING, 2);
      turn.look(place);
      turn.look(place);
      queue.giveUp(1);
    },
    total: [1],
  },
  "while it leaves its place": {
    maxWaiters: 1,
    prepare: (as) => as(0).enter(1),
    does: (queue) => {
      queue.release(2);
      queue.receive(0);
    },
    total: [0, 1, 2],
  },
};

for (const [name, loss] of Object.entries(LOSSES)) {
  Deno.test(`Semaphore: a thread may be lost at any moment ${name}`, () =>
    lose(loss));
}

/** A mistake in one of the two modules of the queue. */
interface Edits {
  readonly queue?: Edit;
  readonly places?: Edit;
}

Deno.test("Semaphore: the checker finds a loss that nobody makes good", async () => {
  const mutants: readonly (readonly [string, Edits])[] = [
    // What the former holder of the lock began is not finished.
    ["while it gives up what it was given", {
      queue: [
        "if (this.#lock.take()) this.#places.redo();",
        "this.#lock.take();",
      ],
    }],
    // It is begun without a note.
    ["while it gives up what it was given", {
      places: [
        "Atomics.store(words, STEP, kind | at);\n    this.redo();",
        `Atomics.store(words, STATE, after);
        const n = after < 0 ? 0 : countOf(Atomics.load(words, at));
        Atomics.store(words, at, kind !== 0 ? FREE : placeOf(GRANTED, n));
        Atomics.notify(words, at);`,
      ],
    }],
    // What a lost thread was given is forgotten.
    ["while it takes over from another", {
      places: ["this.#step(at, PUT_BACK, state", "void (state"],
    }],
    // Nobody looks for the holder of the lock.
    ["while it releases", {
      queue: ["const lost = this.#lock.isLost ||", "const lost ="],
    }],
    // The place of one that was lost on its way stops the queue.
    ["while it enters for more than there is", {
      queue: [
        "Atomics.store(words, TAIL, ticket + 1);\n      Atomics.store(words, at, placeOf(WAITING, n));",
        "Atomics.store(words, at, placeOf(WAITING, n));\n      Atomics.store(words, TAIL, ticket + 1);",
      ],
    }],
  ];
  for (const [name, { queue, places }] of mutants) {
    const module: typeof QUEUES = await mutant(
      "sync/waiting/semaphore_queue.ts",
      queue ? [queue] : [],
      places ? { "sync/waiting/semaphore_places.ts": [places] } : {},
    );
    const error = await lose({ ...LOSSES[name]!, module }).then(
      () => undefined,
      (error) => error,
    );
    assert(error !== undefined, (queue ?? places)![0]);
  }
});

/** A semaphore with a mistake in what threads do in its queue. */
function broken(...edits: Edit[]): Promise<Module> {
  return mutant("sync/waiting/semaphore.ts", [], {
    "sync/waiting/semaphore_queue.ts": edits,
  });
}

/** A semaphore with a mistake in how permits get into places and back. */
function brokenPlaces(...edits: Edit[]): Promise<Module> {
  return mutant("sync/waiting/semaphore.ts", [], {
    "sync/waiting/semaphore_places.ts": edits,
    "sync/waiting/semaphore_queue.ts": [],
  });
}

Deno.test("Semaphore: the checker finds a release that does not serve", async () => {
  const module = await broken([
    "if ((state & QUEUE) !== 0) break;\n      this.#checkRoom",
    "this.#checkRoom",
  ]);
  await refuses("deadlock", scene([holds(), holds()], { module }));
});

Deno.test("Semaphore: the checker finds a grant without a notify", async () => {
  const module = await brokenPlaces([
    "Atomics.store(words, at, placeOf(GRANTED, given));\n      Atomics.notify(words, at);",
    "Atomics.store(words, at, placeOf(GRANTED, given));",
  ]);
  await refuses("deadlock", scene([holds(), holds()], { module }));
});

Deno.test("Semaphore: the checker finds a waiter that does not look again once it is in the queue", async () => {
  const module = await broken(["if (this.#takeNow(n)) {", "if (n < 0) {"], [
    "this.#serve();\n    const state = Atomics.load(words, STATE);\n    const isEmpty",
    "const state = Atomics.load(words, STATE);\n    const isEmpty",
  ]);
  await refuses("deadlock", scene([holds(), holds()], { module }));
});

Deno.test("Semaphore: the checker finds a queue that forgets that somebody waits", async () => {
  const module = await broken(["if (isEmpty && !waited)", "if (!waited)"]);
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
  const module = await brokenPlaces([
    "if (kindOf(place) !== GRANTED) {",
    "{",
  ]);
  await refuses(
    "exception",
    scene([releases(1), ABORTABLE], { permits: 0, left: 1, module }),
  );
});

Deno.test("Semaphore: the checker finds an aborted waiter that does not let others pass", async () => {
  const module = await broken([
    "this.#places.free(this.#places.at(ticket));\n    this.#end(true);",
    "this.#places.free(this.#places.at(ticket));\n    this.#lock.give();",
  ]);
  await refuses(
    "exception",
    scene([abortsAndHolds, holdsAsync(2, "stop")], { max: 2, module }),
  );
});

Deno.test("Semaphore: the checker finds a waiter that leaves without the lock", async () => {
  const module = await broken([
    "giveUp(ticket: Ticket): void {\n    this.#begin();\n    this.#places.free(this.#places.at(ticket));\n    this.#end(true);",
    "giveUp(ticket: Ticket): void {\n    this.#places.free(this.#places.at(ticket));",
  ]);
  const violation = await explore(
    scene([releases(1), ABORTABLE], { permits: 0, left: 1, module }),
  ).then(() => undefined, (error) => error.violation);
  assert(violation !== undefined);
});

Deno.test("Semaphore: the checker finds a close that wakes nobody", async () => {
  const module = await broken([
    "this.#begin();\n    Atomics.store(\n      this.#words,\n      STATE,\n      Atomics.load(this.#words, STATE) | CLOSED,\n    );\n    this.#end();",
    "Atomics.or(this.#words, STATE, CLOSED);",
  ]);
  await refuses("deadlock", scene([holds(), closes], { permits: 0, module }));
});

Deno.test("Semaphore: who waits for a place also sees permits", async () => {
  // The one place is that of a waiter that has its permit and does not come.
  const prepare = (handle: SemaphoreHandle, crew: CurrentThread[]) => {
    becomeThread(crew[3]!);
    const queue = queueOf(handle);
    queue.enter(1);
    queue.release(1);
  };
  const options = { permits: 0, max: 2, left: 1, maxWaiters: 1, prepare };
  for (const waits of [holds(), holdsAsync()]) {
    assertEquals(await endsOf([waits, releases(1)], options), ["held "]);
  }
});
