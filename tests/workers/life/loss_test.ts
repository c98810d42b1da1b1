import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import { type Family, Runtime, WorkerLostError } from "../../../mod.ts";
import { Doorbell } from "../../../sync/mail/doorbell.ts";
import { runProgram } from "../../support/run_program.ts";
import { type Victim, victim } from "../fixtures/victim.ts";
import { StartedWorkers } from "../started_workers.ts";

const timeout = 60_000;

/** Calls a method that ends its worker, and says how the call ended. */
async function lose(
  call: () => Promise<unknown>,
): Promise<{ error: WorkerLostError; milliseconds: number }> {
  const start = performance.now();
  const error = await assertRejects(call, WorkerLostError);
  return { error, milliseconds: performance.now() - start };
}

const ENDS: [string, (family: Family<Victim>) => Promise<unknown>][] = [
  ["self.close()", (family) => family.on(0).closeSelf()],
  ["Deno.exit()", (family) => family.on(0).exit()],
  ["an uncaught error", (family) => family.on(0).throwUncaught()],
  ["an unhandled rejection", (family) => family.on(0).rejectUnhandled()],
];

for (const [name, end] of ENDS) {
  Deno.test(`a worker lost by ${name} rejects its calls and is replaced`, {
    timeout,
  }, async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(victim);
    assertEquals(await family.on(0).count(), 1);
    const other = lose(() => family.on(0).never());
    const { error, milliseconds } = await lose(() => end(family));
    assert(milliseconds < 10_000, `took ${milliseconds} ms`);
    assertEquals([error.worker, error.started], [0, true]);
    assertEquals((await other).error.started, true);
    assertEquals(await family.on(0).count(), 1, "not a fresh instance");
    const [worker] = runtime.report().workers;
    assertEquals([worker!.state, worker!.replaced], ["running", 1]);
  });
}

Deno.test("WorkerLostError has the error that ended the worker as its cause", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  const { error } = await lose(() => family.on(0).throwUncaught());
  assertInstanceOf(error.cause, RangeError);
});

Deno.test(
  "WorkerLostError says of calls that were not taken that they did not start",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(victim);
    // The first call ends the worker while the others still wait in the ring.
    const calls = [
      lose(() => family.on(0).exit()),
      lose(() => family.on(0).count()),
      lose(() => family.on(0).sum(new Uint8Array(1_000_000))),
      lose(() => family.on(0).count()),
    ];
    const lost = await Promise.all(calls);
    assertEquals(
      lost.map(({ error }) => error.started),
      [true, false, false, false],
    );
  },
);

Deno.test("a worker that ends without a word is noticed by who waits for it", {
  timeout,
}, async () => {
  for (const size of [1, 2]) {
    using workers = new StartedWorkers();
    await using runtime = await start(size);
    const family = await runtime.link(victim);
    await family.on(0).count();
    const waiting = lose(() => family.on(0).never());
    workers.list[0]!.terminate();
    const { milliseconds } = await waiting;
    assert(milliseconds < 10_000, `took ${milliseconds} ms`);
    assertEquals(await family.on(0).count(), 1);
  }
});

/** As many workers as asked for, or as there can be. */
async function start(workers: number): Promise<Runtime> {
  try {
    return await Runtime.start({ workers });
  } catch {
    return await Runtime.start();
  }
}

Deno.test("calls made while a worker is replaced go to the next one", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  const counts: Promise<number>[] = [];
  await family.on(0).exit().catch(() => {
    assertEquals(runtime.report().workers[0]!.state, "replacing");
    for (let k = 0; k < 3; k++) counts.push(family.on(0).count());
  });
  assertEquals(await Promise.all(counts), [1, 2, 3]);
});

Deno.test("a worker can be lost more often than there are spare slots", {
  timeout: 60_000,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  for (let k = 0; k < 25; k++) {
    await lose(() => family.on(0).exit());
    assertEquals(await family.on(0).count(), 1);
  }
  assertEquals(runtime.report().workers[0]!.replaced, 25);
});

Deno.test("a post whose workers cannot start fails, and its calls say why", {
  timeout,
}, async () => {
  const { mortal } = await import("../fixtures/mortal.ts");
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(mortal.family());
  const waiting = lose(() => family.on(0).exit())
    .then(() => lose(() => family.on(0).exit()));
  const { error } = await waiting;
  assertEquals(error.started, false);
  assertInstanceOf(error.cause, RangeError);
  assertEquals(runtime.report().workers[0]!.state, "failed");
  assertEquals((await lose(() => family.any().exit())).error.started, false);
});

Deno.test("a program ends although its only worker was lost while it waited", {
  timeout,
}, async () => {
  const { code } = await runProgram(
    `import { Runtime } from "@kindred/kindred";
    const workers = [];
    globalThis.Worker = class extends Worker {
      constructor(...args) {
        super(...args);
        workers.push(this);
      }
    };
    const runtime = await Runtime.start({ workers: 1 });
    const { victim } = await import("${new URL(
      "../fixtures/victim.ts",
      import.meta.url,
    )}");
    const family = await runtime.link(victim);
    family.on(0).never().catch(({ name }) => console.log(name));
    workers[0].terminate();`,
    { permissions: ["-A"], timeout: 10_000 },
  );
  assertEquals(code, 0);
});

Deno.test(
  "the loss of one worker rouses the others, which it may have been about to wake",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const family = await runtime.link(victim);
    const { rouse, ringForMail } = Doorbell.prototype;
    const roused = new Set<Doorbell>();
    const rung: Doorbell[] = [];
    Doorbell.prototype.ringForMail = function (ringer) {
      rung.push(this);
      ringForMail.call(this, ringer);
    };
    Doorbell.prototype.rouse = function () {
      roused.add(this);
      rouse.call(this);
    };
    try {
      assertEquals(await family.on(1).count(), 1);
      const bell = rung.at(-1)!;
      await lose(() => family.on(0).exit());
      assert(roused.has(bell));
    } finally {
      Object.assign(Doorbell.prototype, { rouse, ringForMail });
    }
    assertEquals(await family.on(1).count(), 2);
  },
);

Deno.test("the loss of one worker leaves the others alone", {
  timeout,
}, async () => {
  await using runtime = await start(2);
  const family = await runtime.link(victim);
  if (runtime.size < 2) return;
  const undisturbed = family.on(1).wait(50);
  await lose(() => family.on(0).closeSelf());
  assertEquals(await undisturbed, "waited");
});

Deno.test(
  "Runtime.close() ends while a worker is being replaced, and answers its calls",
  {
    timeout,
  },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(victim);
    await lose(() => family.on(0).exit());
    const held = family.on(0).count();
    await runtime.close();
    assertEquals(await held, 1);
  },
);

Deno.test("Runtime.close() ends while a worker cannot be replaced", {
  timeout,
}, async () => {
  const { mortal } = await import("../fixtures/mortal.ts");
  const runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(mortal.family());
  await lose(() => family.on(0).exit());
  const held = lose(() => family.on(0).exit());
  await runtime.close();
  assertEquals((await held).error.started, false);
});
