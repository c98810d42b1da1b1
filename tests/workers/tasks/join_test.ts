import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  currentTask,
  DeadlockError,
  Runtime,
  type Task,
  topology,
  WorkerLostError,
} from "../../../mod.ts";
import { relay } from "../fixtures/relay.ts";
import { tally } from "../fixtures/tally.ts";
import { victim } from "../fixtures/victim.ts";

const timeout = 60_000;
const ignore = topology().allowed.size < 2;

Deno.test(
  "Task.join() blocks until the task has ended, and gives its result (U13)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const task = runtime.spawn(async (n: number) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return n + 1;
    }, 1);
    assertEquals(task.join(), 2);
    assertEquals([task.state, task.join(), await task], ["done", 2, 2]);
  },
);

Deno.test(
  "Task.join() throws what the task threw (U13)",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const task = runtime.spawn((): number => {
      throw new RangeError("not today");
    });
    assertThrows(() => task.join(), RangeError, "not today");
    // It was observed: this is no unhandled rejection.
    await new Promise((resolve) => setTimeout(resolve, 10));
  },
);

Deno.test("Task.join() gives up after its timeout, and the task goes on", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = new Int32Array(new SharedArrayBuffer(4));
  const task = runtime.spawn((buffer: SharedArrayBuffer) => {
    Atomics.wait(new Int32Array(buffer), 0, 0);
    return 5;
  }, words.buffer);
  const error = assertThrows(() => task.join({ timeout: 20 }), DOMException);
  assertEquals(error.name, "TimeoutError");
  assertThrows(() => task.join({ timeout: -1 }), RangeError);
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  assertEquals(task.join(), 5);
});

Deno.test("Task.join() ends when the time of the task is up", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const task = runtime.with({ timeout: 30 }).spawn(() => {
    const context = currentTask();
    while (!context.cancelled);
  });
  const error = assertThrows(() => task.join(), DOMException);
  assertEquals([error.name, task.state], ["TimeoutError", "cancelled"]);
});

Deno.test("Task.join() ends when the worker is lost", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const task = runtime.on(0).spawn(() => Deno.exit(1));
  assertThrows(() => task.join(), WorkerLostError);
  assertEquals(await runtime.spawn(() => 1), 1);
});

Deno.test(
  "Task.join() reports that only the thread that blocks could replace the worker",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const task = runtime.on(0).spawn(() => Deno.exit(1));
    assertThrows(() => task.join(), WorkerLostError);
    const held = runtime.on(0).spawn(() => 7);
    assertThrows(() => held.join(), DeadlockError);
    assertEquals(await held, 7);
  },
);

Deno.test("Task.join() on a worker waits for another worker", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const result = await runtime.on(0).spawn(() => {
    const { runtime } = currentTask();
    const tasks = [1, 2, 3].map((n) =>
      runtime.on(1).spawn((n: number) => n * n, n)
    );
    return tasks.map((task) => task.join());
  });
  assertEquals(result, [1, 4, 9]);
});

Deno.test(
  "Task.join() runs an unbound task of its own worker if nobody else does",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const sum = await runtime.spawn(() => {
      const { runtime } = currentTask();
      const outer = (n: number): number => {
        const { runtime } = currentTask();
        const inner = runtime.spawn((n: number) => n * n, n);
        return inner.join() + n;
      };
      return [1, 2, 3].map((n) => runtime.spawn(outer, n).join());
    });
    assertEquals(sum, [2, 6, 12]);
  },
);

Deno.test("Task.join() serves calls to other instances while it blocks", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const tallies = await runtime.link(tally.family());
  // Worker 0 waits for worker 1, which calls an instance on worker 0.
  const locals = await runtime.on(0).spawn((family: typeof tallies) => {
    const { runtime } = currentTask();
    return runtime.on(1).spawn(async (family: typeof tallies) => {
      await family.on(0).add(1);
      return await family.all().local();
    }, family).join();
  }, tallies);
  assertEquals(locals, [1, 0]);
});

Deno.test("Task.join() runs what had to wait once it goes on, in order", {
  timeout,
  ignore,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const victims = await runtime.link(victim);
  const relays = await runtime.link(relay.family());
  const words = new Int32Array(new SharedArrayBuffer(12));
  const joining = runtime.on(0).spawn((buffer: SharedArrayBuffer) => {
    const { runtime } = currentTask();
    return runtime.on(1).spawn((buffer: SharedArrayBuffer) => {
      const words = new Int32Array(buffer);
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
      Atomics.wait(words, 0, 0);
      return Atomics.load(words, 2);
    }, buffer).join();
  }, words.buffer);
  const begun = Atomics.waitAsync(words, 1, 0);
  if (begun.async) await begun.value;
  // An async method, a method behind it, and bound tasks have to wait; a method of
  // an instance that nobody else waits for has not.
  const waiting = relays.on(0).count(victims, 0);
  const behind = relays.on(0).current();
  const tasks = Array.from(
    { length: 3 },
    () =>
      runtime.on(0).spawn(
        (buffer: SharedArrayBuffer) =>
          Atomics.add(new Int32Array(buffer), 2, 1),
        words.buffer,
      ),
  );
  assertEquals(await victims.on(0).count(), 1);
  Atomics.store(words, 0, 1);
  Atomics.notify(words, 0);
  assertEquals(await joining, 0, "a bound task ran before");
  assertEquals(await Promise.all(tasks), [0, 1, 2]);
  assertEquals(await waiting, 2);
  assertEquals(await behind, [true, 2]);
});

Deno.test(
  "Task.join() on a task that is bound to its own worker throws DeadlockError",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const outcome = await runtime.on(0).spawn(() => {
      const { runtime } = currentTask();
      const task = runtime.on(0).with({ name: "mine" }).spawn(() => 1);
      try {
        return task.join();
      } catch (error) {
        return [(error as Error).name, (error as Error).message];
      }
    });
    assertEquals((outcome as string[])[0], "DeadlockError");
    assertStringIncludes((outcome as string[])[1]!, "'mine'");
    assertEquals(await runtime.spawn(() => 1), 1);
  },
);

Deno.test(
  "Task.join() on a worker: of two that wait for each other one gets DeadlockError, and both go on",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    for (let round = 0; round < 10; round++) {
      const meet = new Int32Array(new SharedArrayBuffer(8));
      const wait = (me: number, buffer: SharedArrayBuffer) => {
        const words = new Int32Array(buffer);
        Atomics.store(words, me, 1);
        Atomics.notify(words, me);
        Atomics.wait(words, 1 - me, 0);
        const { runtime } = currentTask();
        const task = runtime.on(1 - me).spawn((n: number) => n, me);
        try {
          return task.join();
        } catch (error) {
          return (error as Error).name;
        }
      };
      const outcomes = await Promise.all(
        [0, 1].map((me) => runtime.on(me).spawn(wait, me, meet.buffer)),
      );
      assert(outcomes.includes("DeadlockError"), String(outcomes));
      for (const [me, outcome] of outcomes.entries()) {
        assert(outcome === "DeadlockError" || outcome === me, String(outcomes));
      }
    }
  },
);

Deno.test("Task.join() with a timeout does not count as a deadlock", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const name = await runtime.on(0).spawn(() => {
    const { runtime } = currentTask();
    try {
      runtime.on(0).spawn(() => 1).join({ timeout: 20 });
      return "joined";
    } catch (error) {
      return (error as Error).name;
    }
  });
  assertEquals(name, "TimeoutError");
});

Deno.test("Task.join() of the starting thread is part of a cycle, too", {
  timeout,
  ignore,
}, async () => {
  // Nobody calls the starting thread, so that it can only be the end of a chain.
  await using runtime = await Runtime.start({ workers: 2 });
  const chain = runtime.on(0).spawn(() => {
    const { runtime } = currentTask();
    return runtime.on(1).spawn(() => {
      const { runtime } = currentTask();
      try {
        return runtime.on(0).spawn(() => "never").join();
      } catch (error) {
        return (error as Error).name;
      }
    }).join();
  });
  // Who closes the circle is told: whichever of the workers looks last.
  let name: string;
  try {
    name = chain.join();
  } catch (error) {
    ({ name } = error as Error);
  }
  assertEquals(name, "DeadlockError");
});

Deno.test(
  "Task.join() in random graphs of tasks ends, with a result or a DeadlockError",
  {
    timeout: 60_000,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const node = (seed: number, depth: number): number => {
      const { runtime } = currentTask();
      let state = seed;
      const below = (n: number) => {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        return (state >> 8) % n;
      };
      if (depth === 0) return 1;
      const leaf = (n: number) => {
        let sum = 0;
        for (let k = 0; k < 2000; k++) sum += k % 7;
        return n + (sum & 0);
      };
      const inner = (n: number) => {
        const { runtime, worker } = currentTask();
        const to = n % 3 === 0 ? worker : 1 - worker;
        const view = n % 2 === 0 ? runtime.on(to) : runtime;
        try {
          return view.spawn((m: number) => m, n).join();
        } catch (error) {
          return (error as Error).name === "DeadlockError" ? -1 : -2;
        }
      };
      let sum = 0;
      const tasks: Task<number>[] = [];
      for (let k = 0; k < 4; k++) {
        const view = below(2) === 0 ? runtime : runtime.on(below(2));
        tasks.push(view.spawn(below(2) === 0 ? leaf : inner, below(100)));
      }
      for (const task of tasks) {
        try {
          sum += task.join() === -2 ? 1000 : 1;
        } catch (error) {
          sum += (error as Error).name === "DeadlockError" ? 1 : 1000;
        }
      }
      return sum;
    };
    for (let seed = 0; seed < 60; seed++) {
      const sums = await Promise.all(
        [0, 1, 2, 3].map((k) => runtime.spawn(node, seed * 10 + k, 1)),
      );
      assertEquals(sums, [4, 4, 4, 4], `seed ${seed}`);
    }
  },
);

Deno.test(
  "a call that a worker keeps for one that is replaced ends although the starting thread blocks",
  {
    timeout,
    ignore,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const victims = await runtime.link(victim);
    // Worker 0 ends worker 1 and calls it again, while the starting thread blocks.
    const task = runtime.on(0).spawn(async (family: typeof victims) => {
      await family.on(1).exit().catch(() => {});
      try {
        await family.on(1).count();
        return "counted";
      } catch (error) {
        return (error as Error).name;
      }
    }, victims);
    assertEquals(task.join(), "WorkerLostError");
    await assertRejects(() => victims.on(1).exit(), WorkerLostError);
    assertEquals(await victims.on(1).count(), 1);
  },
);

Deno.test(
  "Task.join() of what was kept for a worker that was replaced sees a deadlock with the next one",
  { timeout, ignore },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const victims = await runtime.link(victim);
    for (let round = 0; round < 5; round++) {
      await assertRejects(() => victims.on(1).exit(), WorkerLostError);
      // Now worker 1 is being replaced, and the inner task is kept for the next one.
      const outcome = await runtime.on(0).spawn(() => {
        const { runtime } = currentTask();
        try {
          return runtime.on(1).spawn(() => {
            const { runtime } = currentTask();
            try {
              return String(runtime.on(0).spawn(() => 1).join());
            } catch (error) {
              return (error as Error).name;
            }
          }).join();
        } catch (error) {
          return (error as Error).name;
        }
      });
      assertEquals(outcome, "DeadlockError");
    }
  },
);
