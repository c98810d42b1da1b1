import {
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { move, Mutex, Runtime, SharedCounter } from "../../../mod.ts";
import { runProgram } from "../../support/run_program.ts";
import { beside, relay, relayBlocking } from "../fixtures/beside.ts";

const timeout = 60_000;

Deno.test("calls take shared objects, which are the same on both sides", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(beside);
  const [a, b] = [new SharedCounter(), new SharedCounter(10)];
  assertEquals(await family.on(0).count(a, b, a), 1 + 11 + 2);
  assertEquals(await family.on(1).count(a), 3);
  assertEquals([a.value, b.value], [3, 11]);
});

Deno.test(
  "a shared buffer travels to a thread once, and is the same object there",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(beside);
    const buffer = new SharedArrayBuffer(8);
    assertEquals(await family.on(0).keep(buffer), false);
    assertEquals(await family.on(0).keep(new SharedArrayBuffer(8)), false);
    assertEquals(await family.on(0).keep(buffer), false);
    assertEquals(await family.on(0).keep(buffer), true);
    assertEquals(new Int32Array(buffer)[0], 3);
  },
);

Deno.test("results carry shared objects", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(beside);
  const mutex = await family.on(0).mutex();
  assertInstanceOf(mutex, Mutex);
  mutex.withLock(() => {});
});

Deno.test("move() in an argument takes the memory away, in a result gives it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(beside);
  const bytes = new Uint8Array(100_000).fill(3);
  const answer = family.on(0).lengthOf(move(bytes));
  assertEquals(bytes.byteLength, 0);
  assertEquals(await answer, 100_000);
  const made = await family.on(0).make(300_000);
  assertEquals([made.length, made[299_999]], [300_000, 7]);
});

Deno.test("move() of a view moves its buffer, and other views on it share it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(beside);
  const buffer = Float64Array.of(1, 2, 3, 4).buffer;
  const middle = move(new Float64Array(buffer, 8, 2));
  const last = move(new DataView(buffer, 24));
  const seen = await family.on(0).views(middle, last, middle);
  assertEquals(buffer.detached, true);
  assertEquals(seen, [[2, 3], 4, true, true]);
});

Deno.test(
  "move() takes ports and streams to a worker",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(beside);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => port1.postMessage(`${data}!`);
    assertEquals(await family.on(0).ask(move(port2), "well"), "well!");
    port1.close();
    const stream = new ReadableStream<string>({
      start: (controller) => {
        controller.enqueue("a");
        controller.enqueue("b");
        controller.close();
      },
    });
    assertEquals(await family.on(0).drink(move(stream)), "ab");
  },
);

Deno.test("a call that is refused moves nothing, and later ones copy", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(beside);
  const bytes = new Uint8Array(4);
  const { port1, port2 } = new MessageChannel();
  structuredClone(port1, { transfer: [port1] });
  for (const bad of [() => {}, move(port1)]) {
    const call = family.on(0).echo([move(bytes), bad]);
    await assertRejects(() => call, TypeError);
    assertEquals(bytes.length, 4);
  }
  await family.on(0).echo(bytes);
  assertEquals(bytes.length, 4);
  port2.close();
});

Deno.test("a worker moves things to another one, and shares memory with it", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const counter = new SharedCounter();
  for (const [from, to] of [[0, 1], [1, 0], [0, 1]] as const) {
    for (const task of [relay, relayBlocking]) {
      const bytes = new Uint8Array(5).fill(2);
      const result = runtime.on(from).spawn(task, to, move(bytes), counter);
      assertEquals(await result, [10, 0]);
    }
  }
  assertEquals(counter.value, 6);
});

Deno.test(
  "... also while the starting thread blocks",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const counter = new SharedCounter();
    const bytes = new Uint8Array(5).fill(2);
    const task = runtime.on(0).spawn(relayBlocking, 1, bytes, counter);
    assertEquals(task.join() as unknown, [10, 0]);
    assertEquals(counter.value, 1);
  },
);

Deno.test("calls that wait for a new worker keep what they move", {
  timeout,
}, async () => {
  const { victim } = await import("../fixtures/victim.ts");
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(beside);
  const mortals = await runtime.link(victim);
  const counter = new SharedCounter();
  await family.on(0).count(counter);
  await mortals.on(0).exit().catch(() => {});
  const bytes = new Uint8Array(9);
  const calls = [
    family.on(0).lengthOf(move(bytes)),
    family.on(0).count(counter),
  ];
  assertEquals(bytes.length, 0);
  assertEquals(await Promise.all(calls), [9, 2]);
});

Deno.test("errors of calls name what is not moved", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(beside);
  const { port1, port2 } = new MessageChannel();
  const error = await assertRejects(
    () => family.on(0).echo({ port: port2 }),
    TypeError,
  );
  assertStringIncludes(error.message, "'port'");
  assertStringIncludes(error.message, "move()");
  port1.close();
});

Deno.test("shared memory that nobody has any more is given back", {
  timeout: 60_000,
}, async () => {
  const { code, stdout, stderr } = await runProgram(
    `
    import { Runtime } from "@kindred/kindred";
    import { beside } from "${new URL(
      "../fixtures/beside.ts",
      import.meta.url,
    )}";
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(beside);
    const SIZE = 16 * 2 ** 20;
    for (let k = 0; k < 60; k++) {
      await family.on(0).touch(new SharedArrayBuffer(SIZE));
      gc();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    console.log(Deno.memoryUsage().rss < 30 * SIZE);
    `,
    { permissions: ["-A"], flags: ["--v8-flags=--expose-gc"], timeout: 50_000 },
  );
  assertEquals([code, stdout.trim(), stderr], [0, "true", ""]);
});
