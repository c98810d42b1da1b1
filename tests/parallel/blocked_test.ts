import { assert, assertEquals, assertRejects } from "@std/assert";
import { closure } from "../../aware/mod.ts";
import { par } from "../../parallel/mod.ts";
import { Claims } from "../../parallel/run/claims.ts";
import { takePart } from "../../parallel/run/share.ts";
import { Latch, SharedCounter } from "../../sync/mod.ts";
import { currentTask, Runtime } from "../../workers/mod.ts";
import { lengthAndMore } from "./fixtures/lengths.ts";

const timeout = 60_000;

/**
 * A runtime of two workers: one blocks in `join()` for the other one, which serves
 * nobody.
 */
async function oneBlocked(runtime: Runtime) {
  // So that each knows what it is to run: nothing is imported while a thread blocks.
  const claims = Claims.make(0, 1, 1);
  claims.dismiss(0);
  const share = { claims: claims.handle, helper: 0 };
  await runtime.broadcast(takePart, share as Parameters<typeof takePart>[0]);
  const open = new Latch(1);
  const came = new Latch(2);
  const other = runtime.on(1);
  const waits = (came: Latch, open: Latch) => {
    came.countDown();
    // A wait that is none of the runtime.
    open.wait();
  };
  const busy = [
    other.spawn(waits, came, open),
    // Of two workers, plans ask the one with fewer calls.
    other.spawn(() => {}),
  ];
  const joining = runtime.on(0).spawn((came: Latch) => {
    const task = currentTask().runtime.on(1).spawn(() => 5);
    came.countDown();
    return task.join();
  }, came);
  await came.waitAsync();
  return async () => {
    open.countDown();
    assertEquals(await joining, 5);
    await Promise.all(busy);
  };
}

/** Notes where it runs; the calling thread waits for a while until somebody has come. */
function seenBy(elsewhere: SharedCounter) {
  const end = Date.now() + 10_000;
  return closure({ elsewhere, end }, ({ elsewhere, end }, n: number) => {
    if ("WorkerGlobalScope" in globalThis) elsewhere.add(1);
    while (elsewhere.value === 0 && Date.now() < end);
    return n;
  });
}

Deno.test("a plan is helped by a worker that blocks in join() (U13)", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const goOn = await oneBlocked(runtime);
  const elsewhere = new SharedCounter();
  const plan = par.range(0, 1000, { runtime, eager: true }).withMaxLen(1)
    .map(seenBy(elsewhere));
  assertEquals(await plan.sum(), 499_500);
  const { value } = elsewhere;
  await goOn();
  assert(value > 0);
});

Deno.test(
  "a join() that is over does not wait for a plan that it helps with (U13)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const goOn = await oneBlocked(runtime);
    const elsewhere = new SharedCounter();
    const controller = new AbortController();
    const { signal } = controller;
    const endless = par.range(0, 1e15, { runtime, eager: true, signal })
      .map(seenBy(elsewhere)).sum();
    const ended = assertRejects(() => endless, Error, "enough");
    const end = Date.now() + 20_000;
    while (elsewhere.value === 0 && Date.now() < end) {
      await new Promise((resolve) => setTimeout(resolve));
    }
    const { value } = elsewhere;
    await goOn();
    controller.abort(new Error("enough"));
    await ended;
    assert(value > 0);
  },
);

Deno.test(
  "a worker that blocks and helps throws what a function throws (U13)",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const goOn = await oneBlocked(runtime);
    const seen = seenBy(new SharedCounter());
    const fails = closure({ seen }, ({ seen }, n: number) => {
      seen(n);
      if ("WorkerGlobalScope" in globalThis) {
        throw new RangeError(`no ${n >= 0}`);
      }
    });
    const plan = par.range(0, 1000, { runtime, eager: true }).withMaxLen(1);
    const failed = await plan.forEach(fails).catch((error) => error);
    await goOn();
    assert(failed instanceof RangeError, `${failed}`);
  },
);

Deno.test(
  "a worker that blocks leaves a plan whose functions it has not imported",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const goOn = await oneBlocked(runtime);
    const texts = Array.from({ length: 1000 }, (_, k) => `${k}`);
    const plan = par(texts, { runtime, eager: true }).withMaxLen(1);
    const sum = await plan.map(lengthAndMore).sum();
    await goOn();
    assertEquals(sum, texts.map(lengthAndMore).reduce((a, b) => a + b));
  },
);
