import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { Runtime, WorkerLostError } from "../../../mod.ts";
import { careless, litterer } from "../fixtures/litterer.ts";

const timeout = 60_000;

/** Until the first worker has been replaced. Returns why. */
async function untilReplaced(runtime: Runtime): Promise<string> {
  for (;;) {
    const [worker] = runtime.report().workers;
    if (worker!.replaced > 0) return worker!.lastLoss!;
    // Only who waits for something keeps the program alive.
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A runtime whose worker follows: it took the place of one that met a stray. */
async function startFollowing(): Promise<Runtime> {
  const runtime = await Runtime.start({ workers: 1 });
  await runtime.spawn(() => {
    Promise.reject(new RangeError("the first one"));
  });
  await untilReplaced(runtime);
  await runtime.spawn(() => {});
  return runtime;
}

/** What a call was rejected with by what it had left behind. */
function assertTold(error: Error, name: string): void {
  assert(!(error instanceof WorkerLostError));
  assertStringIncludes(error.message, `'${name}'`);
  assertInstanceOf(error.cause, RangeError);
  assertStringIncludes(error.cause.message, "left behind");
}

Deno.test(
  "a stray rejection of a task that is under way rejects that task, and nothing else",
  { timeout },
  async () => {
    await using runtime = await startFollowing();
    const family = await runtime.link(litterer);
    const innocent = family.on(0).innocent(200);
    const before = runtime.report().workers[0]!.threadId;
    for (let round = 0; round < 2; round++) {
      const task = runtime.with({ name: "careless" }).spawn(async () => {
        setTimeout(async () => {
          await null;
          throw new RangeError("left behind");
        }, 1);
        await new Promise(() => {});
      });
      assertTold(await assertRejects(() => task.then(), Error), "careless");
      assertEquals(task.state, "failed");
    }
    assertEquals(await innocent, "done");
    const [worker] = runtime.report().workers;
    assertEquals([worker!.replaced, worker!.threadId], [1, before]);
    assertEquals(runtime.stats().total.run.running, 0);
  },
);

Deno.test(
  "a stray rejection of a method that is under way rejects that call, and nothing else",
  { timeout },
  async () => {
    await using runtime = await startFollowing();
    const family = await runtime.link(litterer);
    assertEquals(await family.on(0).count(), 1);
    const innocent = family.on(0).innocent(100);
    const error = await assertRejects(() => family.on(0).during(), Error);
    assertTold(error, "litterer.during");
    assertEquals(await innocent, "done");
    assertEquals(await family.on(0).count(), 2, "not the same instance");
  },
);

Deno.test(
  "what a followed task sends does not make it the owner of what runs then",
  { timeout },
  async () => {
    await using runtime = await startFollowing();
    const family = await runtime.link(litterer);
    const caller = runtime.with({ name: "caller" }).on(0).spawn(
      async (family) => {
        // Until the worker sleeps: it is this call that wakes it.
        await new Promise((resolve) => setTimeout(resolve, 50));
        await family.on(0).sync();
        await new Promise(() => {});
      },
      family,
    );
    const error = await assertRejects(() => caller.then(), WorkerLostError);
    assertStringIncludes(error.message, "'caller'");
    assertStringIncludes(error.message, "under way");
    assertInstanceOf(error.cause, RangeError);
  },
);

Deno.test(
  "a stray rejection of a call that has ended ends the worker, whose calls say whose it was",
  { timeout },
  async () => {
    await using runtime = await startFollowing();
    const family = await runtime.link(litterer);
    const waiting = assertRejects(
      () => family.on(0).innocent(10_000),
      WorkerLostError,
    );
    assertEquals(await family.on(0).before(), 7);
    const error = await waiting;
    assertStringIncludes(error.message, "'litterer.before'");
    assertInstanceOf(error.cause, RangeError);
    assertEquals(await family.on(0).count(), 1);
    const { replaced, lastLoss } = runtime.report().workers[0]!;
    assertEquals(replaced, 2);
    assertStringIncludes(lastLoss!, "'litterer.before'");
  },
);

Deno.test(
  "a stray rejection of a call that is not async names what was under way",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(litterer);
    const waiting = assertRejects(
      () => family.on(0).innocent(10_000),
      WorkerLostError,
    );
    assertEquals(await family.on(0).sync(), 8);
    const { message, cause } = await waiting;
    assertStringIncludes(message, "while 'litterer.innocent' was under way");
    assertInstanceOf(cause, RangeError);
  },
);

Deno.test(
  "a function that gave a promise is followed from then on, async or not",
  { timeout },
  async () => {
    await using runtime = await startFollowing();
    const task = (rejects: boolean) => {
      if (!rejects) return Promise.resolve(1);
      Promise.reject(new RangeError("left behind"));
      return new Promise<number>(() => {});
    };
    assertEquals(await runtime.spawn(task, false), 1);
    const error = await assertRejects(
      () => runtime.with({ name: "promised" }).spawn(task, true).then(),
      Error,
    );
    assertTold(error, "promised");
  },
);

Deno.test(
  "a stray rejection on a worker with nothing under way is in the report, and the worker replaced",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(litterer);
    assertEquals(await family.on(0).sync(), 8);
    const why = await untilReplaced(runtime);
    assertStringIncludes(why, "nobody handled it");
    assertStringIncludes(why, "left behind");
    assertEquals(await family.on(0).count(), 1);
  },
);

Deno.test(
  "a stray rejection of code that starts with a worker is never the end of the program",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(careless);
    const error = await assertRejects(
      () => family.on(0).wait(),
      WorkerLostError,
    );
    assertInstanceOf(error.cause, RangeError);
  },
);

Deno.test("a stray rejection of a stream says whose it was", {
  timeout,
}, async () => {
  await using runtime = await startFollowing();
  const family = await runtime.link(litterer);
  const items: number[] = [];
  const error = await assertRejects(async () => {
    for await (const item of family.on(0).stream()) items.push(item);
  }, WorkerLostError);
  assertEquals(items, [1]);
  assertStringIncludes(error.message, "'litterer.stream'");
  assertInstanceOf(error.cause, RangeError);
});
