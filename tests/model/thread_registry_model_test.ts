/**
 * Model tests of the thread records. Bounds: two threads of up to four calls,
 * three threads of up to three, one or two records; all interleavings.
 */

import { assert, assertEquals } from "@std/assert";
import {
  indexOf,
  type ThreadId,
  ThreadRegistry,
  type ThreadRegistryHandle,
} from "../../sync/thread/thread.ts";
import { explore, type ModelThread, type Program } from "./explorer.ts";
import { type Edit, mutant } from "./explorer/mutant.ts";
import { refuses } from "./futex_mutex.ts";
import { linearizable } from "./linearizable.ts";

type Registry = typeof ThreadRegistry;

/** The id that is claimed, or "full". */
function claim(threads: ThreadRegistry): ThreadId | "full" {
  try {
    return threads.claim();
  } catch (error) {
    if (error instanceof RangeError) return "full";
    throw error;
  }
}

/** All threads claim. */
function claims(
  count: number,
  capacity: number,
  registry: Registry = ThreadRegistry,
): Program<ThreadRegistryHandle> {
  return {
    setup: () => new registry(capacity).handle,
    threads: Array.from(
      { length: count },
      () => (handle) => claim(registry.from(handle)),
    ),
    check: (handle, results) => {
      const threads = registry.from(handle);
      const ids = results.filter((id) => id !== "full") as ThreadId[];
      assertEquals(ids.length, Math.min(count, capacity));
      assertEquals(new Set(ids.map(indexOf)).size, ids.length);
      assert(ids.every((id) => id > 0 && threads.isLive(id)));
    },
    preemptions: Infinity,
  };
}

Deno.test("ThreadRegistry.claim() gives each thread a record of its own", async () => {
  for (const count of [2, 3]) {
    for (const capacity of [count - 1, count, count + 1]) {
      const { complete } = await explore(claims(count, capacity));
      assert(complete);
    }
  }
});

Deno.test("ThreadRegistry.markLost() and leave(): exactly one of them does it", async () => {
  const { complete } = await explore({
    setup: () => {
      const threads = new ThreadRegistry(1);
      return { handle: threads.handle, id: threads.claim() };
    },
    threads: [
      ({ handle, id }) => ThreadRegistry.from(handle).markLost(id),
      ({ handle, id }) => ThreadRegistry.from(handle).leave(id),
      ({ handle, id }) => {
        const threads = ThreadRegistry.from(handle);
        const live = [threads.isLive(id), threads.isLive(id)];
        assert(live[0] || !live[1], "lives again");
        return false;
      },
    ],
    check: ({ handle, id }, results) => {
      assertEquals(results.filter((done) => done).length, 1);
      assert(!ThreadRegistry.from(handle).isLive(id));
    },
    preemptions: Infinity,
  });
  assert(complete);
});

type Call = "claim" | "markLost" | "leave" | "retire" | "isLive";

/**
 * Each thread makes the given calls on a registry of one record: on the thread
 * that had it first, or with "own" on the one that it has claimed last.
 */
function calls(
  all: readonly (readonly (Call | readonly ["own", Call])[])[],
  registry: Registry = ThreadRegistry,
): Program<{ handle: ThreadRegistryHandle; first: ThreadId }> {
  return {
    setup: () => {
      const threads = new registry(1);
      return { handle: threads.handle, first: threads.claim() };
    },
    threads: all.map((mine) => ({ handle, first }, thread: ModelThread) => {
      const threads = registry.from(handle);
      let own: ThreadId | "full" = "full";
      for (const entry of mine) {
        const name: Call = typeof entry === "string" ? entry : entry[1];
        const id: ThreadId | "full" = typeof entry === "string" ? first : own;
        if (id === "full") continue;
        if (name === "claim") {
          own = thread.call([name], () => claim(threads));
        } else thread.call([name, id], () => threads[name](id));
      }
    }),
    check: (_, __, history) => assert(linearizable(history, RECORD)),
    preemptions: Infinity,
  };
}

/** One record, as an object that does one call at a time. */
const RECORD = {
  init: { generation: 1, state: "live" },
  step: (
    record: { generation: number; state: string },
    input: unknown,
  ): { state: typeof record; output: unknown } => {
    const [name, id] = input as [Call, ThreadId];
    const { generation, state } = record;
    const to = (allowed: boolean, next: string) => ({
      state: allowed ? { generation, state: next } : record,
      output: allowed as unknown,
    });
    if (name === "claim") {
      if (state !== "free") return { state: record, output: "full" };
      const next = { generation: generation + 1, state: "live" };
      return { state: next, output: next.generation * 1024 };
    }
    const known = id === generation * 1024;
    switch (name) {
      case "isLive":
        return to(known && state === "live", state);
      case "retire":
        return to(known && (state === "lost" || state === "left"), "free");
      default:
        return to(
          known && state === "live",
          name === "leave" ? "left" : "lost",
        );
    }
  },
};

const LIVES: readonly (readonly (Call | readonly ["own", Call])[])[][] = [
  // The crew replaces a thread while that leaves, or while others look.
  [["markLost", "retire", "claim", ["own", "isLive"]], ["leave", "isLive"]],
  [["markLost", "retire", "claim"], ["isLive", "isLive", "isLive"]],
  // Two crews want the record.
  [["leave", "retire", "claim"], ["markLost", "retire", "claim"]],
  // What is stale has no effect on the successor, in whatever state it is.
  [
    ["leave", "retire", "claim", ["own", "markLost"], ["own", "retire"]],
    ["markLost", "leave", "retire"],
  ],
  // Three threads.
  [["markLost", "retire"], ["leave", "claim"], ["claim", "isLive", "retire"]],
  [
    ["leave", "retire", "claim"],
    ["claim", ["own", "leave"]],
    ["isLive", "retire", "isLive"],
  ],
];

Deno.test("ThreadRegistry does each call in one step, and nothing for a stale id", async () => {
  for (const all of LIVES) {
    const { complete } = await explore(calls(all));
    assert(complete);
  }
});

/** A registry with a mistake. */
async function broken(...edits: Edit[]): Promise<Registry> {
  const module = await mutant<typeof import("../../sync/thread/thread.ts")>(
    "sync/thread/thread.ts",
    edits,
  );
  return module.ThreadRegistry;
}

/** Asserts that one of the programs of {@linkcode LIVES} fails its check. */
async function failsLinearly(registry: Registry): Promise<void> {
  let found = 0;
  for (const all of LIVES) {
    try {
      await explore(calls(all, registry));
    } catch {
      await refuses("exception", calls(all, registry));
      found++;
    }
  }
  assert(found > 0);
}

Deno.test("ThreadRegistry: the checker finds a claim by load and store", async () => {
  const registry = await broken([
    "Atomics.compareExchange(this.#words, at, status, next) !== status",
    "Atomics.store(this.#words, at, next) !== next",
  ]);
  await refuses("exception", claims(2, 2, registry));
  await refuses("exception", claims(2, 1, registry));
});

Deno.test("ThreadRegistry: the checker finds an id that is given out twice", async () => {
  await failsLinearly(
    await broken([
      "const generation = ((status >>> 2) % MAX_GENERATION) + 1;",
      "const generation = Math.max(status >>> 2, 1);",
    ]),
  );
});

Deno.test("ThreadRegistry: the checker finds a retire() without a look at the generation", async () => {
  await failsLinearly(
    await broken([
      "return this.#change(thread, LOST, FREE) || this.#change(thread, LEFT, FREE);",
      `const at = this.#at(thread) + STATUS;
       const status = Atomics.load(this.#words, at);
       return (status & 3) >= LOST &&
         Atomics.compareExchange(this.#words, at, status, status & ~3) ===
           status;`,
    ]),
  );
});

Deno.test("ThreadRegistry: the checker finds a retire() of a thread that lives", async () => {
  await failsLinearly(
    await broken([
      "return this.#change(thread, LOST, FREE) ||",
      "return this.#change(thread, LIVE, FREE) || this.#change(thread, LOST, FREE) ||",
    ]),
  );
});

Deno.test("ThreadRegistry: the checker finds a markLost() by load and store", async () => {
  await failsLinearly(
    await broken([
      "return this.#change(thread, LIVE, LOST);",
      `if (!this.isLive(thread)) return false;
       const lost = (generationOf(thread) << 2) | LOST;
       Atomics.store(this.#words, this.#at(thread) + STATUS, lost);
       return true;`,
    ]),
  );
});
