import { assertEquals, assertRejects } from "@std/assert";
import { closure } from "../../aware/mod.ts";
import { par } from "../../parallel/mod.ts";
import { Claims } from "../../parallel/run/claims.ts";
import { Latch, SharedCounter } from "../../sync/mod.ts";
import { Runtime, WorkerLostError } from "../../workers/mod.ts";
import { joinedSum } from "./fixtures/joined_sum.ts";
import { lengthAndMore } from "./fixtures/lengths.ts";

const timeout = 60_000;

/** Holds all workers of a runtime until it is opened. */
async function busy(runtime: Runtime) {
  const came = new Latch(runtime.size);
  const open = new Latch(1);
  const tasks = runtime.broadcast(
    (came: Latch, open: Latch) => {
      came.countDown();
      open.wait();
    },
    came,
    open,
  );
  await came.waitAsync();
  return async () => {
    open.countDown();
    await tasks;
  };
}

Deno.test("par.join() runs both functions at the same time (U13)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const met = new Latch(2);
  const arrive = closure({ met }, ({ met }) => {
    met.countDown();
    met.wait();
    return "WorkerGlobalScope" in globalThis;
  });
  assertEquals(await par.join(arrive, arrive, { runtime }), [false, true]);
});

Deno.test("par.join() runs the second one here if no worker comes (U13)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const release = await busy(runtime);
  const done = new SharedCounter();
  const [, isElsewhere] = await par.join(
    () => 1,
    closure({ done }, ({ done }) => {
      done.add(1);
      return "WorkerGlobalScope" in globalThis;
    }),
    { runtime },
  );
  assertEquals(isElsewhere, false);
  await release();
  // By now the worker has seen what was offered, and left it.
  await runtime.spawn(() => {});
  assertEquals(done.value, 1);
});

Deno.test(
  "par.join() lets both end, then throws the first one's error (U13)",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    for (const isBusy of [false, true]) {
      const release = isBusy ? await busy(runtime) : () => Promise.resolve();
      const ended = new SharedCounter();
      const came = new Latch(1);
      const ends = closure({ ended }, ({ ended }) => ended.add(1));
      const fails = closure({ ended }, ({ ended }) => {
        ended.add(1);
        throw new RangeError("second");
      });
      const firstFails = closure({ ended }, ({ ended }) => {
        ended.add(1);
        throw new RangeError("first");
      });
      const join = (a: () => number, b: () => number) =>
        par.join(a, b, { runtime });
      await assertRejects(() => join(firstFails, ends), RangeError, "first");
      assertEquals(ended.value, 2);
      await assertRejects(() => join(firstFails, fails), RangeError, "first");
      assertEquals(ended.value, 4);
      await assertRejects(() => join(ends, fails), RangeError, "second");
      assertEquals(ended.value, 6);
      came.countDown();
      await release();
    }
  },
);

Deno.test(
  "par.join() inside of what is joined, on this thread and in a task (U13)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const low = closure({ from: 0, to: 500 }, joinedSum);
    const high = closure({ from: 500, to: 1000 }, joinedSum);
    assertEquals(await par.join(low, high, { runtime }), [124_750, 374_750]);
    const all = await runtime.spawn(joinedSum, { from: 0, to: 1000 });
    assertEquals(all, 499_500);
  },
);

Deno.test("par.join() takes what modules export, and async functions", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const length = closure("abc", lengthAndMore);
  const results = await par.join(
    async () => await Promise.resolve("first"),
    length,
    { runtime },
  );
  assertEquals(results, ["first", 8]);
});

Deno.test(
  "par.join() whose worker is lost is rejected, after the first one's end",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const came = new Latch(1);
    const ended = new SharedCounter();
    const waits = closure({ came, ended }, ({ came, ended }) => {
      came.wait();
      ended.add(1);
    });
    const exits = closure({ came }, ({ came }): number => {
      came.countDown();
      Deno.exit(0);
    });
    await assertRejects(
      () => par.join(waits, exits, { runtime }),
      WorkerLostError,
    );
    assertEquals(ended.value, 1);
    assertEquals(await par.join(() => 1, () => 2, { runtime }), [1, 2]);
  },
);

Deno.test(
  "par.join() uses its memory again, also if the second one throws elsewhere",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const { release } = Claims.prototype;
    let released = 0;
    Claims.prototype.release = function () {
      released++;
      release.call(this);
    };
    const met = new Latch(2);
    const meets = closure({ met }, ({ met }) => {
      met.countDown();
      met.wait();
    });
    const fails = closure({ meets }, ({ meets }) => {
      meets();
      throw new RangeError("second");
    });
    try {
      await assertRejects(
        () => par.join(meets, fails, { runtime }),
        RangeError,
      );
    } finally {
      Claims.prototype.release = release;
    }
    assertEquals(released, 1);
  },
);

Deno.test("par.join() runs both here if nobody can come", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  await runtime.close();
  assertEquals(await par.join(() => 1, () => 2, { runtime }), [1, 2]);
  const fails = () => par.join(() => 1, () => captured, { runtime });
  const captured = 3;
  await assertRejects(fails, ReferenceError);
});

Deno.test("par.join() refuses what cannot run elsewhere, wherever it runs", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const captured = 3;
  const bad = <T>(value: unknown) => value as T;
  const one = () => 1;
  for (const isBusy of [false, true]) {
    const release = isBusy ? await busy(runtime) : () => Promise.resolve();
    const join = (a: () => number, b: () => number) =>
      par.join(a, b, { runtime });
    await assertRejects(() => join(() => captured, one), ReferenceError);
    await assertRejects(() => join(one, () => captured), ReferenceError);
    await assertRejects(() => join(bad(5), one), TypeError, "'a'");
    await assertRejects(() => join(one, bad(class {})), TypeError, "'b'");
    await assertRejects(() => join(one, Math.random), TypeError, "no source");
    const data = { one: bad<number>(new WeakMap()) };
    const unsendable = closure(data, ({ one }) => one);
    await assertRejects(() => join(one, unsendable), TypeError, "WeakMap");
    await release();
  }
  await assertRejects(
    () => par.join(one, one, { runtime: bad({}) }),
    TypeError,
    "'runtime'",
  );
});
