import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  type Callback,
  callback,
  currentTask,
  DeadlockError,
  Runtime,
  WorkerLostError,
} from "../../../mod.ts";
import { UnhandledRejections } from "../../support/unhandled_rejections.ts";
import { tap } from "../fixtures/tap.ts";

const timeout = 60_000;

Deno.test(
  "callback() runs here, in the order of the calls, before its task ends",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const seen: number[] = [];
    for (const worker of [0, 1]) {
      const count = await runtime.on(worker).spawn(
        (end: number, tell: Callback<[number], void>) => {
          for (let n = 0; n < end; n++) tell(n);
          return end;
        },
        1000,
        callback((n: number) => void seen.push(n)),
      );
      assertEquals(seen.splice(0), [...Array(count).keys()]);
    }
  },
);

Deno.test(
  "callback() gives copies of what its function returns, async or not",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const twice = callback((n: number) => ({ twice: 2 * n }));
    const later = callback(async (n: number) => {
      await Promise.resolve();
      return n + 1;
    });
    const results = await runtime.spawn(
      async (
        twice: Callback<[number], { twice: number }>,
        later: Callback<[number], number>,
      ) => {
        const calls = [later(1), twice(2), later(3)];
        return [...await Promise.all(calls), await later(4)];
      },
      twice,
      later,
    );
    assertEquals(results, [2, { twice: 4 }, 4, 5]);
    assertEquals(await later(1), 2); // here, too
  },
);

Deno.test("callback() that fails rejects its call there, if that is awaited", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const fail = (text: string): number => {
    throw new RangeError(text);
  };
  for (const fn of [fail, async (text: string) => await fail(text)]) {
    const task = runtime.spawn(
      async (fail: Callback<[string], number>) => await fail("no"),
      callback(fn as (text: string) => number),
    );
    await assertRejects(() => task.then(), RangeError, "no");
  }
});

Deno.test(
  "callback() that fails is an unhandled rejection here, if its call is not awaited",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const error = new RangeError("nobody waits");
    using unhandled = new UnhandledRejections();
    const result = await runtime.spawn(
      (tell: Callback<[], void>) => {
        tell();
        return "did not wait";
      },
      callback(() => {
        throw error;
      }),
    );
    assertEquals(result, "did not wait");
    assertStrictEquals(await unhandled.first, error);
    assertEquals(await runtime.spawn(() => "lives"), "lives");
  },
);

Deno.test("callback() cannot be called once its task has ended", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  let count = 0;
  await runtime.spawn(
    (tell: Callback<[], void>) => {
      (globalThis as Record<string, unknown>).kept = tell;
    },
    callback(() => void count++),
  );
  const late = runtime.spawn(async () => {
    const { kept } = globalThis as unknown as { kept: Callback<[], void> };
    await kept();
  });
  await assertRejects(() => late.then(), TypeError, "ended");
  assertEquals(count, 0);
});

Deno.test("callback() with keep can be called until it is released", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(tap);
  const heard: string[] = [];
  const kept = callback((text: string) => void heard.push(text), {
    keep: true,
  });
  await family.all().listen(kept);
  assertEquals(await family.all().say("one"), [["fulfilled"], ["fulfilled"]]);
  kept.release();
  assertEquals(await family.all().say("two"), [["rejected"], ["rejected"]]);
  assertEquals(heard, ["one", "one"]);
  await assertRejects(() => family.on(0).listen(kept), TypeError, "released");
});

Deno.test("callback() is called between workers, too", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(tap);
  // A portable function cannot import: the family has one that can.
  const said = await family.on(0).relay(family);
  assertEquals(said, ["A1", "B1"]);
});

Deno.test("callback() that is not async runs while this thread joins", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const seen: number[] = [];
  const task = runtime.spawn(
    async (tell: Callback<[number], number>) => await tell(await tell(1)),
    callback((n: number) => {
      seen.push(n);
      return n + 1;
    }),
  );
  assertEquals(task.join({ timeout: 5000 }), 3);
  assertEquals(seen, [1, 2]);
});

Deno.test(
  "callback() that is async and awaited while this thread joins is a DeadlockError",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const tell = callback(async (n: number) => await Promise.resolve(n));
    const call = async (tell: Callback<[number], number>) => await tell(1);
    assertThrows(() => runtime.spawn(call, tell).join(), DeadlockError);
    assertEquals(await runtime.spawn(call, tell), 1);
  },
);

Deno.test(
  "callback() that gives a promise while this thread joins is a DeadlockError, if awaited",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const { promise, resolve } = Promise.withResolvers<number>();
    const tell = callback(() => promise);
    const call = async (tell: Callback<[], number>) => await tell();
    assertThrows(() => runtime.spawn(call, tell).join(), DeadlockError);
    const kept = callback(() => promise, { keep: true });
    assertThrows(() => runtime.spawn(call, kept).join(), DeadlockError);
    resolve(1);
    assertEquals(await runtime.spawn(call, tell), 1);
  },
);

Deno.test(
  "callback() that returned nothing is answered though this thread joins right after",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const { promise, resolve } = Promise.withResolvers<void>();
    const task = runtime.spawn(async (tell: Callback<[], void>) => {
      await tell();
      return "answered";
    }, callback(() => resolve()));
    // This goes on in the microtask after the callback.
    await promise;
    assertEquals(task.join(), "answered");
  },
);

Deno.test(
  "callback() that is async and not awaited runs once this thread goes on",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const { promise, resolve } = Promise.withResolvers<number>();
    const task = runtime.spawn(
      (tell: Callback<[number], void>) => {
        tell(1);
        return 2;
      },
      // deno-lint-ignore require-await -- that it is async counts
      callback(async (n: number) => resolve(n)),
    );
    assertEquals(task.join(), 2);
    assertEquals(await promise, 1);
  },
);

Deno.test("callback() ends with its worker", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const { promise, resolve } = Promise.withResolvers<void>();
  const task = runtime.spawn(
    async (ask: Callback<[], void>) => {
      setTimeout(() => Deno.exit(1), 10);
      await ask();
    },
    callback(() => promise),
  );
  await assertRejects(() => task.then(), WorkerLostError);
  resolve(); // there is nobody to be answered
  assertEquals(await runtime.spawn(() => "again"), "again");
});

Deno.test("callback() of a worker that is lost rejects its calls", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(tap);
  await assertRejects(() => family.on(0).askAndDie(family), WorkerLostError);
  while (!(await family.on(1).log()).includes("TypeError")) {
    await new Promise((next) => setTimeout(next, 5));
  }
});

Deno.test("callback() can be an argument only, and only of who made it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const tell = callback(() => {});
  await assertRejects(
    () =>
      runtime.spawn(
        (tell: Callback<[], void>) =>
          currentTask().runtime.spawn(
            (value: unknown) => value,
            tell,
          ),
        tell,
      ).then(),
    TypeError,
    "another thread",
  );
  await assertRejects(
    () => runtime.spawn((tell: unknown) => tell, tell).then(),
    TypeError,
    "another thread",
  );
  await assertRejects(
    () => runtime.spawn((tell: Callback) => tell.release(), tell).then(),
    TypeError,
    "another thread",
  );
});

Deno.test("callback() takes back what was not sent", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const tell = callback(() => 1, { keep: true });
  await assertRejects(
    () =>
      runtime.spawn((...values: unknown[]) => values, tell, () => {}).then(),
    TypeError,
    "argument 1",
  );
  const call = async (tell: Callback<[], number>) => await tell();
  assertEquals(await runtime.spawn(call, tell), 1);
  tell[Symbol.dispose]();
  await assertRejects(() => runtime.spawn(call, tell).then(), TypeError);
});

Deno.test("callback() refuses what is no function", () => {
  const bad = (value: unknown) => value as never;
  for (const value of [undefined, null, 1, {}]) {
    assertThrows(() => callback(bad(value)), TypeError);
  }
  assertThrows(() => callback(() => {}, { keep: bad(1) }), TypeError);
  assert(typeof callback(() => {}) === "function");
});
