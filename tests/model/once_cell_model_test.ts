/**
 * Model tests of `OnceCell`. Bounds: two threads in all interleavings where no
 * `preemptions` are given, three within the number given. A thread is lost in
 * front of each of its atomic operations.
 */

import { assert, assertEquals } from "@std/assert";
import { OnceCell, type OnceCellHandle } from "../../sync/value/once_cell.ts";
import { becomeThread, type CurrentThread } from "../../sync/thread/thread.ts";
import type { ModelThread } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { mortal } from "./mortal.ts";
import {
  type Bounds,
  boundsOf,
  crewOf,
  type Ending,
  exploredEnds,
  markLost,
} from "./program.ts";

type Module = Pick<typeof import("../../sync/value/once_cell.ts"), "OnceCell">;
type Shared = OnceCellHandle<number>;
type Role = (cell: OnceCell, thread: ModelThread) => unknown;

interface Options extends Bounds {
  readonly module?: Module;
  /** The first thread is lost after so many operations. */
  readonly lost?: number;
  readonly valid?: (results: readonly unknown[], value: unknown) => boolean;
}

let crew: CurrentThread[] = [];

function scene(
  roles: readonly Role[],
  options: Options = {},
): Ending<Shared> {
  const { module = { OnceCell }, lost, valid } = options;
  const ends = new Set<string>();
  return {
    ends,
    enter: (thread) => becomeThread(crew[thread]!),
    setup: () => {
      crew = crewOf(4);
      return new module.OnceCell("f64").handle;
    },
    threads: roles.map((role, k) => {
      const body = (handle: Shared, thread: ModelThread) =>
        role(module.OnceCell.from(handle), thread);
      if (k > 0 || lost === undefined) return body;
      return mortal(
        lost,
        body,
        (thread) => markLost(crew[thread]!),
      );
    }),
    check: (handle, results) => {
      becomeThread(crew[3]!);
      const value = module.OnceCell.from(handle).get();
      const end = results.join(" ");
      ends.add(end);
      assert(valid === undefined || valid(results, value), `${end} ${value}`);
    },
    ...boundsOf(options),
  };
}

async function endsOf(
  roles: readonly Role[],
  options?: Options,
): Promise<string[]> {
  return await exploredEnds(scene(roles, options));
}

function endOf(error: unknown): string {
  if (error instanceof DOMException) {
    return error.name === "TimeoutError" ? "late" : "aborted";
  }
  if (error !== NO) throw error;
  return "failed";
}
const NO = new Error("no");

/** Takes two words to say. */
const valueOf = (index: number) => index + 0.1;

const inits: Role = (cell, { index }) => {
  let made = "";
  const value = cell.getOrInit(() => {
    made = "made ";
    return valueOf(index);
  });
  return made + value;
};
const initsAsync = (abortable: boolean): Role => async (cell, thread) => {
  const signal = abortable ? { signal: thread.signal() } : {};
  try {
    let made = "";
    const value = await cell.getOrInitAsync(async () => {
      await null;
      made = "made ";
      return valueOf(thread.index);
    }, signal);
    return made + value;
  } catch (error) {
    return endOf(error);
  }
};
const fails: Role = (cell) => {
  try {
    return cell.getOrInit(() => {
      throw NO;
    });
  } catch (error) {
    return endOf(error);
  }
};
const sets: Role = (cell, { index }) => cell.set(valueOf(index));
const gets: Role = (cell) => cell.get() ?? "none";
const waits = (timeout = Infinity): Role => (cell) => {
  try {
    return cell.wait({ timeout });
  } catch (error) {
    return endOf(error);
  }
};
const waitsAsync = (abortable: boolean): Role => async (cell, thread) => {
  const signal = abortable ? { signal: thread.signal() } : {};
  return await cell.waitAsync(signal).catch(endOf);
};

const ONE_MADE = ["1.1 made 1.1", "made 0.1 0.1"];

Deno.test("OnceCell.getOrInit() lets one thread make the value, and the others wait (U5)", async () => {
  assertEquals(await endsOf([inits, inits]), ONE_MADE);
  assertEquals(await endsOf([inits, initsAsync(false)]), ONE_MADE);
  assertEquals(
    await endsOf([initsAsync(false), initsAsync(false)], { preemptions: 2 }),
    ONE_MADE,
  );
  const three = await endsOf([inits, initsAsync(true), inits], {
    preemptions: 2,
  });
  assertEquals(three.filter((end) => end.includes("aborted")), [
    "2.1 aborted made 2.1",
    "made 0.1 aborted 0.1",
  ]);
  assertEquals(three.length, 5);
});

Deno.test("OnceCell.getOrInit() that throws lets the next one try (U5)", async () => {
  assertEquals(await endsOf([fails, inits]), [
    "1.1 made 1.1",
    "failed made 1.1",
  ]);
  assertEquals(await endsOf([fails, fails]), ["failed failed"]);
  const ends = await endsOf([fails, initsAsync(true), inits], {
    preemptions: 1,
  });
  assert(ends.includes("failed aborted made 2.1"));
});

Deno.test("OnceCell.set() sets the value once", async () => {
  assertEquals(await endsOf([sets, sets]), ["false true", "true false"]);
  assertEquals(await endsOf([sets, gets]), ["true 0.1", "true none"]);
  assertEquals(await endsOf([sets, inits]), [
    "false made 1.1",
    "true 0.1",
  ]);
});

Deno.test("OnceCell.wait() ends when there is a value", async () => {
  assertEquals(await endsOf([sets, waits()]), ["true 0.1"]);
  assertEquals(await endsOf([inits, waitsAsync(false)]), ["made 0.1 0.1"]);
  assertEquals(await endsOf([sets, waits(50)], { timeouts: 1 }), [
    "true 0.1",
    "true late",
  ]);
  assertEquals(
    await endsOf([sets, waitsAsync(true), waits()], { preemptions: 2 }),
    ["true 0.1 0.1", "true aborted 0.1"],
  );
});

Deno.test("OnceCell: who makes the value may be lost at any step (U5)", async () => {
  for (const other of [inits, initsAsync(false)]) {
    const all = new Set<string>();
    for (let lost = 0;; lost++) {
      const ends = await endsOf([inits, other], {
        lost,
        expireTimeouts: [1],
        valid: (results, value) =>
          value === 1.1 ? results[1] === "made 1.1" : results[1] === "0.1",
      });
      ends.forEach((end) => all.add(end));
      if (!ends.some((end) => end.startsWith("lost"))) break;
    }
    assert(all.has("lost made 1.1") && all.has("lost 0.1"));
  }
});

async function broken(
  cell: readonly Edit[],
  turn: readonly Edit[] = [],
): Promise<Module> {
  return await mutant("sync/value/once_cell.ts", cell, {
    "sync/waiting/once_turn.ts": turn,
  });
}

Deno.test("OnceCell: the checker finds its mutants", async () => {
  // There before it is written.
  await refuses(
    "data race",
    scene([sets, gets], {
      module: await broken([[
        "this.#turn.finish(() => this.#content.write(value));",
        "this.#turn.finish(() => {}); this.#content.write(value);",
      ]]),
    }),
  );
  // Read while it is being written.
  await refuses(
    "data race",
    scene([sets, gets], {
      module: await broken([[
        "this.#turn.state === DONE",
        "this.#turn.state !== 0",
      ]]),
    }),
  );
  // The turn is taken by a load and a store.
  await refuses(
    "data race",
    scene([sets, sets], {
      module: await broken([], [[
        "Atomics.compareExchange(this.words, 0, state, next) !== state",
        "Atomics.store(this.words, 0, next) !== next",
      ]]),
    }),
  );
  // Nobody is woken.
  const silent: Edit = ["Atomics.notify(this.#words, 0);", ""];
  await refuses(
    "deadlock",
    scene([sets, waits()], { module: await broken([], [silent]) }),
  );
  // One is woken, who may be gone.
  const one: Edit = [
    "Atomics.notify(this.#words, 0);",
    "Atomics.notify(this.#words, 0, 1);",
  ];
  await refuses(
    "deadlock",
    scene([sets, waitsAsync(true), waits()], {
      module: await broken([], [one]),
      preemptions: 2,
    }),
  );
  // A loss is not looked for.
  const blind: Edit = [
    'if (state !== NEW && threads.isLive(state)) return "sleep";',
    'if (state !== NEW) return "sleep";',
  ];
  await refuses(
    "livelock",
    scene([inits, inits], {
      module: await broken([], [blind]),
      lost: 5, // in front of the store of "done"
      expireTimeouts: [1],
    }),
  );
});
