import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { currentTask, JoinSet, Runtime } from "../../../mod.ts";
import { UnhandledRejections } from "../../support/unhandled_rejections.ts";

const timeout = 60_000;

/** Ends when a word becomes 1. */
async function untilSet(
  buffer: SharedArrayBuffer,
  at: number,
): Promise<number> {
  const words = new Int32Array(buffer);
  while (Atomics.load(words, at) === 0) {
    await new Promise((next) => setTimeout(next, 1));
  }
  return at;
}

/** Ends a little after it is cancelled, and says so. */
async function untilTold(buffer: SharedArrayBuffer): Promise<void> {
  const { signal } = currentTask();
  await new Promise((end) => signal.addEventListener("abort", end));
  await new Promise((end) => setTimeout(end, 10));
  Atomics.add(new Int32Array(buffer), 0, 1);
}

function newWords(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(16));
}

Deno.test(
  "JoinSet.joinNext() gives tasks in the order in which they end (U18)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const words = newWords();
    const set = new JoinSet<number>(runtime);
    const tasks = [0, 1, 2].map((at) => set.spawn(untilSet, words.buffer, at));
    assertEquals([set.size, set.tryJoinNext()], [3, undefined]);
    for (const at of [2, 0, 1]) {
      const next = set.joinNext();
      Atomics.store(words, at, 1);
      const joined = await next;
      assert(joined?.status === "fulfilled");
      assertEquals(joined.value, at);
      assertStrictEquals(joined.task, tasks[at]);
    }
    assertEquals([set.size, await set.joinNext()], [0, undefined]);
  },
);

Deno.test(
  "JoinSet.joinNext() serves those who wait in order, and leaves nobody waiting",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const words = newWords();
    const set = new JoinSet<number>(runtime);
    set.spawn(untilSet, words.buffer, 0);
    const first = set.joinNext();
    assertEquals(await set.joinNext(), undefined);
    const added = set.add(runtime.spawn(untilSet, words.buffer, 1));
    set.add(added);
    assertEquals(set.size, 2);
    const second = set.joinNext();
    Atomics.store(words, 0, 1);
    assertEquals((await first)?.status, "fulfilled");
    Atomics.store(words, 1, 1);
    assertStrictEquals((await second)?.task, added);
  },
);

Deno.test("JoinSet.joinNext() gives failures as they are, and goes on (U18)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const set = new JoinSet<number>(runtime);
  set.spawn((): number => {
    throw new RangeError("no");
  });
  const joined = await set.joinNext();
  assert(joined?.status === "rejected");
  assertEquals((joined.reason as Error).message, "no");
  set.spawn((n: number) => n, 1);
  const [next] = await Array.fromAsync(set);
  assertEquals(next?.status, "fulfilled");
});

Deno.test(
  "JoinSet.joinAll() cancels the rest at the first failure, and waits for it (U18)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const words = newWords();
    const set = new JoinSet<void>(runtime);
    set.add(runtime.on(0).spawn(untilTold, words.buffer));
    await runtime.on(0).spawn(() => {}); // that one runs by now
    set.spawn(() => {
      throw new RangeError("no");
    });
    await assertRejects(() => set.joinAll(), RangeError, "no");
    assertEquals([words[0], set.size], [1, 0]);
  },
);

Deno.test("JoinSet.abortAll() cancels all, which stay to be joined (U18)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = newWords();
  const set = new JoinSet<void>(runtime);
  set.spawn(untilTold, words.buffer);
  set.spawn(untilTold, words.buffer);
  const reason = new RangeError("aborted");
  set.abortAll(reason);
  assertEquals(set.size, 2);
  for await (const joined of set) {
    assert(joined.status === "rejected");
    assertStrictEquals(joined.reason, reason);
  }
});

Deno.test("JoinSet: when it is dropped, its tasks are cancelled (U18)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = newWords();
  const tasks = [];
  {
    using set = new JoinSet<void>(runtime);
    tasks.push(set.spawn(untilTold, words.buffer));
  }
  {
    await using set = new JoinSet<void>(runtime);
    tasks.push(set.spawn(untilTold, words.buffer));
    await runtime.on(0).spawn(() => {}); // that one runs by now
  }
  assert(words[0]! >= 1); // await using has waited for its end
  assertEquals(tasks.map(({ state }) => state), ["cancelled", "cancelled"]);
});

Deno.test("JoinSet.shutdown() waits until all have ended (U18)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const words = newWords();
  const set = new JoinSet<void>(runtime);
  for (const worker of [0, 1]) {
    set.add(runtime.on(worker).spawn(untilTold, words.buffer));
    await runtime.on(worker).spawn(() => {});
  }
  await set.shutdown();
  assertEquals([words[0], set.size], [2, 0]);
});

Deno.test("JoinSet.detachAll() lets its tasks go on (U18)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const words = newWords();
  const set = new JoinSet<number>(runtime);
  const task = set.spawn(untilSet, words.buffer, 0);
  const next = set.joinNext();
  set.detachAll();
  assertEquals([set.size, await next], [0, undefined]);
  Atomics.store(words, 0, 1);
  assertEquals(await task, 0);
});

Deno.test(
  "JoinSet.detachAll(): a failure that comes then is an unhandled rejection",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    using unhandled = new UnhandledRejections();
    const set = new JoinSet<void>(runtime);
    set.spawn(() => {
      throw new RangeError("nobody joins");
    });
    set.detachAll();
    assertEquals((await unhandled.first as Error).message, "nobody joins");
  },
);

Deno.test("new JoinSet() refuses what spawns nothing", () => {
  assertThrows(() => new JoinSet(null as never), TypeError, "null");
});

Deno.test(
  "JoinSet joins all that was executed and tells how many failed: join, panic_count (U10)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const set = new JoinSet<number>(runtime);
    for (let n = 0; n < 20; n++) {
      set.spawn((n: number) => {
        if (n % 5 === 0) throw new RangeError(`${n}`);
        return n;
      }, n);
    }
    let failed = 0;
    let sum = 0;
    for await (const joined of set) {
      if (joined.status === "rejected") failed++;
      else sum += joined.value;
    }
    assertEquals([failed, sum, set.size], [4, 190 - 30, 0]);
    assertEquals(await runtime.spawn(() => 1), 1);
  },
);
