/**
 * Model tests of `Notify`. Bounds: two threads in all interleavings where no
 * `preemptions` are given, three within the number given. A thread is lost in
 * front of each of its atomic operations. Slices end only where
 * `expireTimeouts` is given.
 */

import { assert, assertEquals } from "@std/assert";
import { wordsOf } from "../../sync/memory/memory.ts";
import { Notify, type NotifyHandle } from "../../sync/waiting/notify.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { linearizable, type SequentialModel } from "./linearizable.ts";
import { mortal } from "./mortal.ts";
import {
  type Bounds,
  boundsOf,
  crewOf,
  type Ending,
  exploredEnds,
  markLost,
} from "./program.ts";

type Module = Pick<typeof import("../../sync/waiting/notify.ts"), "Notify">;
const ORIGINAL: Module = { Notify };

const NEXT = 2;
const LOCK = 0;
const STEP = 4;

/** What a thread does. */
type Role = (notify: Notify, thread: ModelThread) => unknown;

interface Options extends Bounds {
  readonly module?: Module;
  readonly permit?: boolean;
  readonly maxWaiters?: number;
  /** The first ticket. */
  readonly ticket?: number;
  /** The first thread is lost after so many operations. */
  readonly lost?: number;
  /** Whether to check the history; not if there are blocking waits. */
  readonly linear?: boolean;
  /** What holds in the end, of what the threads returned and the permit. */
  readonly valid?: (results: readonly unknown[], permit: boolean) => boolean;
}

let crew: CurrentThread[] = [];

function scene(
  roles: readonly Role[],
  options: Options = {},
): Ending<NotifyHandle> {
  const { module = ORIGINAL, maxWaiters = 2, lost, ticket = 0 } = options;
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      becomeThread(crew[3]!);
      const notify = new module.Notify({ maxWaiters });
      Atomics.store(wordsOf(notify.handle, 8), NEXT, ticket);
      if (options.permit) notify.notifyOne();
      return notify.handle;
    },
    threads: roles.map((role, k) => {
      const body = (handle: NotifyHandle, thread: ModelThread) =>
        role(module.Notify.from(handle), thread);
      if (k > 0 || lost === undefined) return body;
      return mortal(
        lost,
        body,
        (thread) => markLost(crew[thread]!),
      );
    }),
    check: (handle, results, history) => {
      becomeThread(crew[3]!);
      const notify = module.Notify.from(handle);
      const permit = notify.tryWait();
      // And whoever was lost, it goes on.
      assertEquals([notify.notifyOne(), notify.tryWait()], [false, true]);
      const result = `${results.join(" ")}${permit ? " permit" : ""}`;
      ends.add(result);
      const { valid } = options;
      assert(valid === undefined || valid(results, permit), result);
      const words = wordsOf(handle, 32 + 4 * maxWaiters);
      assertEquals([words[LOCK], words[STEP]], [0, 0]);
      for (let k = 0; k < maxWaiters; k++) {
        assertEquals(words[32 + 4 * k], 0, `place ${k} is taken`);
      }
      const blocks = roles.some((role) => BLOCKING.has(role));
      if (!(options.linear ?? !blocks)) return;
      const all = history.map((event) => {
        const [name, ...rest] = event.input as readonly unknown[];
        const gaveUp = name === "leave" && event.output !== "woken";
        return gaveUp ? { ...event, input: ["giveUp", ...rest] } : event;
      });
      const end = Math.max(...all.map(({ ret }) => ret));
      const input: unknown = ["tryWait"];
      all.push({
        thread: 3,
        call: end + 1,
        ret: end + 2,
        input,
        output: permit,
      });
      assert(linearizable(all, MODEL), JSON.stringify(all));
    },
    ...boundsOf(options),
  };
}

interface State {
  readonly permit: boolean;
  /** Who waits, the oldest first. */
  readonly queue: readonly unknown[];
  /** Who was chosen and has not left, and whether by one for all. */
  readonly chosen: readonly (readonly [id: unknown, all: boolean])[];
}

function notified(state: State, id: unknown): State {
  if (id === undefined) return { ...state, permit: true };
  return {
    ...state,
    queue: state.queue.filter((other) => other !== id),
    chosen: [...state.chosen, [id, false]],
  };
}

/** What a Notify does, one step at a time; a wait has two: enter and leave. */
const MODEL: SequentialModel<State, unknown, unknown> = {
  init: { permit: false, queue: [], chosen: [] },
  step: (state, input) => {
    const { permit, queue } = state;
    const [name, id] = input as readonly [string, unknown];
    const mine = state.chosen.find(([other]) => other === id);
    const chosen = state.chosen.filter((other) => other !== mine);
    const everybody = queue.map((id) => [id, true] as const);
    switch (name) {
      case "enter":
        return permit
          ? {
            state: { ...state, permit: false, chosen: [...chosen, [id, true]] },
            output: undefined,
          }
          : { state: { ...state, queue: [...queue, id] }, output: undefined };
      case "leave":
        return mine
          ? { state: { ...state, chosen }, output: "woken" }
          : { state, output: "waits" };
      case "giveUp": {
        const rest = queue.filter((other) => other !== id);
        const left = { ...state, chosen, queue: rest };
        const passesOn = mine !== undefined && !mine[1];
        return {
          state: passesOn ? notified(left, rest[0]) : left,
          output: "aborted",
        };
      }
      case "notifyOne":
        return { state: notified(state, queue[0]), output: queue.length > 0 };
      case "notifyLast":
        return {
          state: notified(state, queue.at(-1)),
          output: queue.length > 0,
        };
      case "notifyWaiters":
        return {
          state: {
            ...state,
            queue: [],
            chosen: [...state.chosen, ...everybody],
          },
          output: queue.length,
        };
      default:
        return { state: { ...state, permit: false }, output: permit };
    }
  },
};

const role =
  (name: "notifyOne" | "notifyLast" | "notifyWaiters" | "tryWait"): Role =>
  (notify, thread) => thread.call([name], () => notify[name]());
const ones = role("notifyOne");
const lasts = role("notifyLast");
const alls = role("notifyWaiters");
const tries = role("tryWait");
/** Ends the waits that nobody has ended. */
const stops: Role = (_, thread) => thread.abort("stop");

function endOf(error: unknown): string {
  if (!(error instanceof DOMException)) throw error;
  return error.name === "TimeoutError" ? "late" : "aborted";
}

const BLOCKING = new Set<Role>();

function waits(timeout = Infinity, before: readonly Role[] = []): Role {
  const role: Role = (notify, thread) => {
    const ends = before.map((each) => each(notify, thread));
    try {
      notify.wait({ timeout });
      return [...ends, "woken"].join(" ");
    } catch (error) {
      return [...ends, endOf(error)].join(" ");
    }
  };
  BLOCKING.add(role);
  return role;
}
const WAITS = waits();

/** Begins waits by the async door in turn; `stop` or the scheduler aborts them. */
const awaits =
  (names: string, abort: "stop" | "any" = "stop"): Role =>
  async (notify, thread) => {
    const signal = abort === "stop" ? thread.signal("stop") : thread.signal();
    const waiting = [...names].map((id) => {
      let end!: Promise<string>;
      thread.call(["enter", id], () => {
        end = notify.waitAsync({ signal }).then(() => "woken", endOf);
      });
      return { id, end };
    });
    const ends = await Promise.all(
      waiting.map(({ id, end }) => thread.call(["leave", id], () => end)),
    );
    return ends.join(" ");
  };

/** Two wait, and are told to go on one after the other. */
const inOrder = (name: "notifyOne" | "notifyLast"): Role => async (notify) => {
  const ends: string[] = [];
  const waiting = ["a", "b"].map((id) =>
    notify.waitAsync().then(() => ends.push(id))
  );
  notify[name]();
  await Promise.race(waiting);
  notify[name]();
  await Promise.all(waiting);
  assertEquals(ends, name === "notifyOne" ? ["a", "b"] : ["b", "a"]);
  return ends.join("");
};

const inTurn = (...roles: Role[]): Role => (notify, thread) =>
  roles.map((role) => role(notify, thread)).filter((end) => end !== undefined)
    .join(" ");

async function endsOf(
  roles: readonly Role[],
  options?: Options,
): Promise<string[]> {
  return await exploredEnds(scene(roles, options));
}

Deno.test("Notify.notifyOne() wakes a waiter, or is kept for the next (U18)", async () => {
  assertEquals(await endsOf([WAITS, ones]), ["woken false", "woken true"]);
  assertEquals(await endsOf([awaits("a"), ones]), [
    "woken false",
    "woken true",
  ]);
  assertEquals(await endsOf([tries, inTurn(ones, ones)]), [
    "false false false permit",
    "true false false",
    "true false false permit",
  ]);
});

Deno.test("Notify.notifyOne() wakes in the order of coming, notifyLast() the other way (U18)", async () => {
  // Tickets pass 2^31 and 2^32.
  for (const ticket of [0x7fffffff, -1]) {
    const options = { ticket, linear: false, preemptions: 1 };
    assertEquals(await endsOf([inOrder("notifyOne"), tries], options), [
      "ab false",
    ]);
    assertEquals(await endsOf([inOrder("notifyLast"), tries], options), [
      "ba false",
    ]);
  }
  for (const notifies of [[ones], [ones, ones], [lasts, ones]]) {
    const roles = [awaits("ab"), inTurn(...notifies, stops)];
    const ends = await endsOf(roles, { preemptions: 1 });
    assert(ends.some((end) => end.includes("woken")));
  }
});

Deno.test("Notify.notifyWaiters() wakes who waits and stores nothing (U18)", async () => {
  for (const notifies of [[alls], [alls, ones], [ones, alls], [alls, tries]]) {
    const roles = [awaits("ab"), inTurn(...notifies, stops)];
    const ends = await endsOf(roles, { preemptions: 1 });
    assert(ends.some((end) => end.startsWith("woken woken")));
  }
  // A call counts from the moment at which it is made.
  assertEquals(
    await endsOf([
      (notify, thread) => {
        const waiting = notify.waitAsync().then(() => "woken");
        thread.abort("go");
        return waiting;
      },
      async (notify, thread) => {
        const signal = thread.signal("go");
        await new Promise((resolve) => signal.onabort = resolve);
        return notify.notifyWaiters();
      },
    ], { linear: false }),
    ["woken 1"],
  );
  assertEquals(await endsOf([waits(50), alls], { expireTimeouts: [0] }), [
    "late 0",
    "woken 1",
  ]);
});

Deno.test("Notify.waitAsync() that is aborted passes a notification for one on", async () => {
  // Whatever the order, the one notification is in one place.
  const once = (results: readonly unknown[], permit: boolean) =>
    results.filter((end) => end === "woken").length + Number(permit) === 1;
  assertEquals(
    await endsOf([awaits("a", "any"), inTurn(ones, stops)], {
      valid: ([end], permit) => (end === "woken") !== permit,
    }).then((ends) => ends.length > 2),
    true,
  );
  for (const other of [waits(50), awaits("b")]) {
    const ends = await endsOf([
      other,
      awaits("a"),
      inTurn(ones, stops),
    ], { preemptions: 0, expireTimeouts: [0], valid: once });
    assert(ends.includes("woken aborted true"), ends.join());
  }
});

Deno.test("Notify.wait() that times out passes a notification for one on", async () => {
  for (const other of [awaits("a"), waits(50)]) {
    const ends = await endsOf([waits(50), other, inTurn(ones, stops)], {
      preemptions: 0,
      timeouts: 1,
      expireTimeouts: [0, 1],
      valid: (results, permit) =>
        results.filter((end) => end === "woken").length + Number(permit) === 1,
    });
    assert(ends.some((end) => end.startsWith("late woken")));
  }
});

/** Loses the first thread in front of each of its operations in turn. */
async function lose(
  roles: readonly Role[],
  options: Options & Required<Pick<Options, "valid">>,
): Promise<string[]> {
  const all = new Set<string>();
  for (let lost = 0;; lost++) {
    const ends = await endsOf(roles, {
      preemptions: 1,
      expireTimeouts: roles.map((_, k) => k),
      ...options,
      lost,
    });
    ends.forEach((end) => all.add(end));
    if (!ends.some((end) => end.startsWith("lost"))) return [...all];
    assert(lost < 100);
  }
}

/** Longer than a slice, in which a loss must be found. */
const LONG = 150;
/** The same if one sleep may end early. */
const LONGER = 250;

Deno.test("Notify: a waiter lost at any step swallows nothing that it was chosen for", async () => {
  const ends = await lose([waits(120), waits(LONG, [ones])], {
    // It was chosen, as somebody was: the other one gets it.
    valid: ([first, second], permit) =>
      !permit && (first !== "lost" || second !== "true late"),
  });
  assert(ends.includes("lost true woken"));
  assert(ends.includes("woken true late"));
  // One that gives up, and is lost while it passes it on.
  const given = await lose([waits(50), waits(LONGER, [ones])], {
    timeouts: 1,
    valid: ([first, second], permit) =>
      !permit && (first === "woken" || second !== "true late"),
  });
  assert(given.includes("late true woken"));
});

Deno.test("Notify: a waiter lost at any step is found by one that sleeps already", async () => {
  const valid = ([first, second, third]: readonly unknown[]) =>
    first !== "lost" || third === "false" || second === "woken";
  const ends = await lose([waits(120), waits(LONG), ones], {
    preemptions: 1,
    valid: (results, permit) => valid(results.map(String)) || permit,
  });
  assert(ends.some((end) => end.startsWith("lost woken true")));
});

Deno.test("Notify: a notifier lost at any step blocks nobody", async () => {
  for (const notifies of [ones, alls]) {
    const ends = await lose([notifies, waits(LONG)], {
      valid: ([first, second], permit) =>
        first === "lost" || second === "woken" ||
        (notifies === alls && first === 0 && !permit),
    });
    assert(ends.includes("lost woken") && ends.includes("lost late"));
  }
  // All are woken, or none.
  const allOfThem: Role = (notify) => {
    const words = wordsOf(notify.handle, 8);
    while (Atomics.load(words, NEXT) < 2) Atomics.pause();
    return notify.notifyWaiters();
  };
  const ends = await lose([allOfThem, async (notify) => {
    const wait = () =>
      notify.waitAsync({ timeout: LONG }).then(() => "woken", endOf);
    return (await Promise.all([wait(), wait()])).join(" ");
  }], {
    preemptions: 0,
    valid: ([, end]) => new Set(`${end}`.split(" ")).size === 1,
  });
  assert(ends.includes("lost woken woken") && ends.includes("lost late late"));
  await lose([tries, waits(LONG, [ones])], {
    valid: ([first, second], permit) =>
      !permit && (first === true || second !== "false late" ||
        first === "lost"),
  });
});

function broken(
  ...edits: Edit[]
): Promise<typeof import("../../sync/waiting/notify.ts")> {
  return mutant("sync/waiting/notify.ts", [], {
    "sync/waiting/notify_queue.ts": edits,
  });
}

const MUTANTS: readonly {
  readonly name: string;
  readonly edit: Edit;
  /** Where, if not in the queue. */
  readonly path?: string;
  readonly violation: "deadlock" | "exception" | "data race" | "livelock";
  readonly roles: readonly Role[];
  readonly options?: Options;
}[] = [
  {
    name: "a waiter that does not look for the permit once it has the lock",
    edit: ["if (!this.#take()) {", "{"],
    violation: "deadlock",
    roles: [WAITS, ones],
  },
  {
    name: "a notify before its store",
    edit: [
      "Atomics.store(this.words, at, state);\n    Atomics.notify(this.words, at);",
      "Atomics.notify(this.words, at);\n    Atomics.store(this.words, at, state);",
    ],
    violation: "deadlock",
    roles: [WAITS, ones],
  },
  {
    name: "a lock by load and store",
    edit: [
      "const holder = Atomics.compareExchange(words, index, 0, id);",
      "const holder = Atomics.load(words, index); if (holder === 0) Atomics.store(words, index, id);",
    ],
    path: "sync/waiting/journal_lock.ts",
    violation: "deadlock",
    roles: [WAITS, ones],
  },
  {
    name: "a waiter that keeps what it was given when it gives up",
    edit: ["if (Atomics.load(words, at) !== ONE) {", "{"],
    violation: "exception",
    roles: [awaits("a", "any"), inTurn(ones, stops)],
  },
  {
    name: "a notification for all that is passed on like one for one",
    edit: ["this.#wake(place, ALL);", "this.#wake(place, ONE);"],
    violation: "exception",
    roles: [awaits("a", "any"), alls],
  },
  {
    name: "a stack for a queue",
    edit: [
      "newest ? age > best : age < best",
      "newest ? age < best : age > best",
    ],
    violation: "exception",
    roles: [inOrder("notifyOne"), tries],
  },
  {
    name: "ages that do not wrap",
    edit: [
      "(next - Atomics.load(words, at + TICKET)) >>> 0",
      "next - Atomics.load(words, at + TICKET)",
    ],
    violation: "exception",
    roles: [inOrder("notifyOne"), tries],
    options: { ticket: 0x7fffffff },
  },
  {
    name: "a place that is not freed",
    edit: ["Atomics.store(this.words, this.wordOf(place), FREE);", ""],
    violation: "exception",
    roles: [WAITS, ones],
  },
  {
    name: "a permit that is taken without the lock",
    edit: [
      "this.#begin();\n    this.#tidy();\n    const taken = this.#take();\n    this.#lock.give();",
      "const taken = this.#take();",
    ],
    violation: "exception",
    roles: [inTurn(ones, tries), tries],
  },
];

for (const { name, edit, path, violation, roles, options } of MUTANTS) {
  Deno.test(`Notify: the checker finds ${name}`, async () => {
    const module: Module = path === undefined
      ? await broken(edit)
      : await mutant("sync/waiting/notify.ts", [], {
        [path]: [edit],
        "sync/waiting/notify_queue.ts": [],
      });
    await refuses(violation, scene(roles, { ...options, module }));
  });
}

Deno.test("Notify: the checker finds a loss that nobody makes good", async () => {
  const mutants: readonly Edit[] = [
    // What a lost waiter was given is not passed on.
    [
      "if (isLost(Atomics.load(words, at + OWNER))) this.#free(place);",
      "if (isLost(Atomics.load(words, at + OWNER))) Atomics.store(words, at, FREE);",
    ],
    // What the former holder of the lock began is not finished.
    ["else if (step !== 0) this.#passOn(step);", ""],
    // It is begun without a note.
    ["Atomics.store(words, STEP, step);", ""],
  ];
  for (const edit of mutants) {
    const module = await broken(edit);
    const found = await lose([waits(50), waits(LONGER, [ones])], {
      module,
      timeouts: 1,
      valid: ([first, second], permit) =>
        !permit && (first === "woken" || second !== "true late"),
    }).then(() => undefined, (error) => error.violation);
    assertEquals(found, "exception", edit[0]);
  }
});
