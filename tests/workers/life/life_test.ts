import { assertEquals, assertRejects } from "@std/assert";
import { Runtime, topology } from "../../../mod.ts";
import { lifeOf, livesOf } from "../../../workers/life/life.ts";
import {
  currentThread,
  indexOf,
  ThreadRegistry,
} from "../../../sync/thread/thread.ts";

interface Locks {
  query(): Promise<{ held?: { name?: string }[] }>;
}

/** The locks that workers hold whose runtimes this thread has started. */
async function lives(): Promise<string[]> {
  const { locks } = navigator as unknown as { locks: Locks };
  const { held = [] } = await locks.query();
  const here = livesOf(currentThread().threads);
  return held.map(({ name }) => name!).filter((name) => name.includes(here))
    .sort();
}

Deno.test("a runtime has the same names of locks again that a closed one had", {
  timeout: 60_000,
}, async () => {
  const workers = Math.min(2, topology().allowed.size);
  const names: string[][] = [];
  for (let k = 0; k < 3; k++) {
    await using _runtime = await Runtime.start({ workers });
    names.push(await lives());
  }
  assertEquals(names[0]!.length, workers);
  assertEquals(names, [names[0], names[0], names[0]]);
});

Deno.test("lifeOf() differs for threads that live at the same time, also of other registries", () => {
  const { threads } = currentThread();
  const others = new ThreadRegistry(8);
  const ids = [threads.claim(), threads.claim()];
  const names = ids.map((id) => lifeOf(livesOf(threads), id));
  names.push(lifeOf(livesOf(others), ids[0]!));
  assertEquals(new Set(names).size, 3);
  for (const id of ids) {
    threads.leave(id);
    threads.retire(id);
  }
});

Deno.test("Runtime.start() keeps no record of a thread that the engine did not start", async () => {
  const { threads } = currentThread();
  /** Of all records, the first one that is free. */
  const firstFree = () => {
    const id = threads.claim();
    threads.leave(id);
    threads.retire(id);
    return indexOf(id);
  };
  const before = firstFree();
  const { Worker } = globalThis;
  globalThis.Worker = class {
    constructor() {
      throw new RangeError("Cannot start thread");
    }
  } as unknown as typeof Worker;
  try {
    await assertRejects(() => Runtime.start({ workers: 1 }), RangeError);
  } finally {
    globalThis.Worker = Worker;
  }
  assertEquals(firstFree(), before);
});
