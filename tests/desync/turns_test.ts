import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import { Desync, JobQueue } from "../../desync/mod.ts";
import { QUANTUM } from "../../desync/turns.ts";

const timeout = 20_000;

Deno.test(
  "A queue that never ends keeps neither other queues waiting nor timers",
  { timeout },
  async () => {
    const endless = new JobQueue();
    let isOver = false;
    function again(): void {
      if (!isOver) endless.desync(again);
    }
    again();
    const other = new Desync(0);
    for (let k = 0; k < 1000; k++) other.desync((n) => n.value++);
    assertStrictEquals(await other.futureSync((n) => n.value), 1000);
    for (let k = 0; k < 3; k++) {
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    isOver = true;
    await endless.futureSync(() => {});
  },
);

/** Whether a timer fires while futures are awaited without end. */
async function letsTimersIn(): Promise<boolean> {
  const object = new Desync(0);
  let isOver = false;
  setTimeout(() => isOver = true, 0);
  while (!isOver) await object.futureSync((n) => n.value++);
  return object.sync((n) => n.value) > 0;
}

Deno.test("Awaiting futures without end keeps no timer waiting", {
  timeout,
}, async () => {
  assert(await letsTimersIn());
});

Deno.test(
  "Awaiting futures without end keeps no timer waiting where there is no Atomics.waitAsync",
  {
    timeout,
  },
  async () => {
    const { waitAsync } = Atomics;
    try {
      Object.assign(Atomics, { waitAsync: undefined });
      assert(await letsTimersIn());
    } finally {
      Object.assign(Atomics, { waitAsync });
    }
  },
);

Deno.test("A queue runs no more than a quantum before the next one", {
  timeout,
}, async () => {
  const [long, short] = [new JobQueue(), new JobQueue()];
  let count = 0;
  for (let k = 0; k < 10 * QUANTUM; k++) long.desync(() => count++);
  const seen = [
    short.futureSync(() => count),
    short.futureSync(() => count),
  ];
  assertEquals(await Promise.all(seen), [QUANTUM, QUANTUM]);
  await long.futureSync(() => {});
  assertStrictEquals(count, 10 * QUANTUM);
});
