import {
  assert,
  assertEquals,
  assertFalse,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Runtime } from "../../workers/mod.ts";
import { testBoth } from "../workers/both_runtimes.ts";
import { runProgram } from "../support/run_program.ts";
import { crowdOn } from "./crowd_on.ts";
import {
  acquireAndSend,
  acquireTwice,
  crowd,
  endWorker,
  holdHandle,
  letGoHeld,
  sendHeld,
} from "./fixtures/crowd.ts";
import { until } from "./until.ts";

testBoth(
  "InstancePerThread is refused where the family is not",
  async ({ start }) => {
    await using runtime = await start();
    const family = crowd.family();
    const perThread = family.instancePerThread();
    const error = await assertRejects(
      () => runtime.on(0).spawn(acquireTwice, perThread, 1).then(),
      TypeError,
    );
    assertStringIncludes(error.message, "crowd");
    await runtime.link(family);
    const [isSame] = await runtime.on(0).spawn(acquireTwice, perThread, 1);
    assert(isSame);
  },
);

testBoth(
  "InstanceHandle: one of a worker that has ended is not alive, and cannot be sent",
  async ({ start }) => {
    await using runtime = await start();
    const family = await runtime.link(crowd.family());
    const perThread = family.instancePerThread();
    const handle = await runtime.on(1).spawn(acquireAndSend, perThread, 1);
    assert(handle.isAlive);
    await runtime.resize(1);
    assertFalse(handle.isAlive);
    assertThrows(() => handle.value, TypeError);
    const error = await assertRejects(
      () => runtime.on(0).spawn(holdHandle, handle).then(),
      TypeError,
    );
    assertStringIncludes(error.message, "gone");
    handle[Symbol.dispose]();
  },
);

testBoth(
  "InstanceHandle: many that travel at random hold their instance, and at last nothing",
  async ({ start }) => {
    await using runtime = await start();
    const { perThread, alive } = await crowdOn(runtime);
    const before = alive.value;
    const handles = [perThread.acquire()];
    const local = handles[0]!.value;
    local.add(3);
    for (let k = 0; k < 200; k++) {
      const handle = handles[(k * 7) % handles.length]!;
      // Each worker holds one of them by a variable, and forgets the one before.
      const [isHere] = await runtime.on(k % 2).spawn(holdHandle, handle);
      assertFalse(isHere);
      if (k % 3 === 0) handles.push(handle.clone());
      else if (handles.length > 1) handles.pop()![Symbol.dispose]();
      assertEquals([alive.value, local.local()], [before + 1, 3]);
    }
    for (const handle of handles) handle[Symbol.dispose]();
    assert(perThread.isHeld);
    await runtime.resize(1);
    assert(perThread.isHeld);
    await runtime.close();
    await until(() => !perThread.isHeld);
    await until(() => alive.value === 1); // what was made besides
  },
);

Deno.test("InstanceHandle: workers that are lost at random hold nothing", {
  timeout: 60_000,
}, async () => {
  let seed = 20_261;
  const random = (below: number) =>
    (seed = (seed * 48_271) % 0x7fffffff) % below;
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(crowd.family());
  const perThread = family.instancePerThread();
  const handles = [perThread.acquire()];
  const local = handles[0]!.value;
  let losses = 0;
  for (let k = 0; k < 150; k++) {
    const worker = runtime.on(random(2));
    const what = random(40);
    // A worker that has nothing, or is just lost, refuses.
    const refused = () => undefined;
    if (what < 18) {
      await worker.spawn(holdHandle, handles[random(handles.length)]!)
        .then(refused, refused);
    } else if (what < 28) {
      const back = await worker.spawn(sendHeld).then((it) => it, refused);
      if (back !== undefined) handles.push(back);
    } else if (what < 38) await worker.spawn(letGoHeld).then(refused, refused);
    else if (losses++ < 5) await worker.spawn(endWorker).then(refused, refused);
    if (handles.length > 3) handles.splice(1, 1)[0]![Symbol.dispose]();
    for (const handle of handles) assertStrictEquals(handle.value, local);
  }
  assert(losses > 0);
  // All but this thread's go with the workers.
  for (const worker of [0, 1]) {
    await runtime.on(worker).spawn(endWorker).then(() => {}, () => {});
  }
  assert(perThread.isHeld);
  for (const handle of handles) handle[Symbol.dispose]();
  await until(() => !perThread.isHeld);
  assertNotStrictEquals(perThread.acquire().value, local);
});

Deno.test(
  "InstanceHandle: one that was sent and forgotten is given back when it is collected",
  {
    timeout: 30_000,
  },
  async () => {
    const url = new URL("./fixtures/crowd.ts", import.meta.url).href;
    const { code, stdout, stderr } = await runProgram(
      `import { Runtime } from "@kindred/kindred";
    import { crowd, holdHandle, letGoHeld } from "${url}";
    const runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(crowd.family());
    const perThread = family.instancePerThread();
    await (async () => {
      await runtime.on(0).spawn(holdHandle, perThread.acquire());
    })();
    await runtime.on(0).spawn(letGoHeld);
    for (let k = 0; k < 200 && perThread.isHeld; k++) {
      await new Promise((next) => setTimeout(next, 5));
      gc();
    }
    console.log(perThread.isHeld);
    await runtime.close();`,
      { permissions: ["-A"], flags: ["--v8-flags=--expose-gc"] },
    );
    assertEquals([code, stdout.trim(), stderr], [0, "false", ""]);
  },
);

Deno.test(
  "InstanceHandle: what a disposer throws of a forgotten handle is told when the runtime is closed",
  {
    timeout: 30_000,
  },
  async () => {
    const url = new URL("./fixtures/mourned.ts", import.meta.url).href;
    const { code, stdout, stderr } = await runProgram(
      `import { Runtime } from "@kindred/kindred";
    import { mourned, THROWING } from "${url}";
    const runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(mourned.family());
    const { journal } = family.create();
    journal.mood = THROWING;
    const perThread = family.instancePerThread();
    const acquire = (perThread) => perThread.acquire();
    (await runtime.on(0).spawn(acquire, perThread))[Symbol.dispose]();
    const isHeld = async (perThread) => {
      await new Promise((next) => setTimeout(next, 5));
      gc();
      return perThread.isHeld;
    };
    for (let k = 0; k < 200; k++) {
      if (!await runtime.on(0).spawn(isHeld, perThread)) break;
    }
    journal.mood = 0;
    await runtime.close().catch(({ name, failures }) => {
      console.log(name, failures.length, failures[0].error.name);
    });`,
      { permissions: ["-A"], flags: ["--v8-flags=--expose-gc"] },
    );
    assertEquals(
      [code, stdout.trim(), stderr],
      [0, "LocalDisposeError 1 RangeError", ""],
    );
  },
);
