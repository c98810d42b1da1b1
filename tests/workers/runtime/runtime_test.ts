import {
  assert,
  assertEquals,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
} from "@std/assert";
import { Runtime, RuntimeClosedError, topology } from "../../../mod.ts";
import { cpSync } from "node:fs";
import { libraryFolders } from "../../../tools/repository.ts";
import { runProgram } from "../../support/run_program.ts";
import { tally } from "../fixtures/tally.ts";
import { victim } from "../fixtures/victim.ts";

const timeout = 60_000;
const several = topology().allowed.size > 1;

Deno.test("Runtime.start() makes one worker per core that may be used", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start();
  const { allowed, quota = Infinity } = topology();
  const cores = Math.min(
    allowed.onePerCore().size,
    Math.max(1, Math.floor(quota)),
  );
  assertEquals(runtime.size, cores);
});

Deno.test(
  "Runtime.link() makes one instance on each worker and shares the rest",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start();
    const family = await runtime.link(tally.family());
    await family.all().add(1);
    assertEquals(await family.on(0).add(1), runtime.size + 2);
    const locals = await family.all().local();
    assertEquals(locals, [2, ...new Array(runtime.size - 1).fill(1)]);
  },
);

Deno.test("Runtime.link() links the one static family of a definition", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const first = await runtime.link(tally);
  assertStrictEquals(await runtime.link(tally), first);
  assertStrictEquals(await runtime.link(tally.static), first);
  await using other = await Runtime.start({ workers: 1 });
  const second = await other.link(tally);
  assertNotStrictEquals(second as unknown, first as unknown);
  const total = await first.on(0).add(5);
  assertEquals(await second.on(0).add(1), total + 1);
  assertEquals(tally.get().add(1), total + 2);
  assertStrictEquals(first.here, tally.here);
  assertStrictEquals(second.here, tally.here);
});

Deno.test("Runtime.link() links independent families of one definition", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = tally.family();
  const [one, same, other] = await Promise.all([
    runtime.link(family),
    runtime.link(family),
    runtime.link(tally.family()),
  ]);
  assertStrictEquals(one, same);
  await one.on(0).add(5);
  assertEquals([one.here.add(1), other.here.add(1)], [7, 2]);
  assertStrictEquals(one.here, family.here);
});

Deno.test("Family.here is this thread's one instance, without a message", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(tally.family());
  await family.on(0).add(10);
  assertEquals(family.here.add(1), 12);
  assertStrictEquals(family.here, family.here);
  assertEquals(family.here.local(), 1);
  assertEquals(await family.on(0).local(), 10);
});

Deno.test("Family.create() makes a new linked instance on this thread", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(tally.family());
  const [one, two] = [family.create(), family.create()];
  assertEquals(one.add(1), 2);
  assertEquals(two.add(1), 3);
  assertEquals([one.local(), two.local(), family.here.local()], [1, 1, 0]);
});

Deno.test("Family.any() spreads calls that are under way over the workers", {
  timeout,
  ignore: !several,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const family = await runtime.link(victim);
  const waits = Array.from({ length: 4 }, () => family.any().wait(50));
  const counts = [0, 1].map((worker) => family.on(worker).count());
  await Promise.all([...waits, ...counts]);
  const family2 = await runtime.link(tally.family());
  await Promise.all(Array.from({ length: 10 }, () => family2.any().add(1)));
  assertEquals(await family2.all().local(), [5, 5]);
});

Deno.test("a call copies what it sends, both ways", { timeout }, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  const value = {
    a: 1,
    b: "two",
    c: [1, 2, 3],
    d: new Uint8Array([7, 8]),
    e: new Map([["k", new Set([null, undefined, true])]]),
    f: new Date(5),
    g: 12345678901234567890n,
    h: -0,
    i: "\u00e4\u20ac\u{1f600}",
  };
  const copy = await family.on(0).echo(value);
  assertEquals(copy, value);
  assertNotStrictEquals(copy, value as unknown);
});

Deno.test("calls of one caller to one instance start in order", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  const counts = await Promise.all(
    Array.from({ length: 5000 }, () => family.on(0).count()),
  );
  assertEquals(counts, counts.map((_, k) => k + 1));
});

Deno.test(
  "frames longer than a ring arrive whole, and in order with short ones",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(victim);
    const bytes = new Uint8Array(3_000_000).fill(2);
    const [before, sum, after, back] = await Promise.all([
      family.on(0).count(),
      family.on(0).sum(bytes),
      family.on(0).count(),
      family.on(0).bytes(5_000_000),
    ]);
    assertEquals([before, sum, after], [1, 6_000_000, 2]);
    assertEquals(back.length, 5_000_000);
    assert(back.every((byte) => byte === 1));
  },
);

Deno.test("a full ring keeps calls waiting and loses none", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  family.on(0).block(50);
  const payload = new Uint8Array(10_000).fill(1);
  const sums = await Promise.all(
    Array.from(
      { length: 500 },
      (_, k) => family.on(0).sum(payload.subarray(0, k)),
    ),
  );
  assertEquals(sums, sums.map((_, k) => k));
});

Deno.test(
  "a method that throws rejects with its class, cause and both stacks",
  {
    timeout,
  },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(victim);
    async function caller() {
      await family.on(0).throwRange();
    }
    const error = await assertRejects(caller, RangeError, "out of range");
    assertEquals(error.cause, { limit: 3 });
    assertStringIncludes(error.stack!, "victim.ts");
    assertStringIncludes(error.stack!, "runtime_test.ts");
    await assertRejects(() => family.on(0).rejectLater(), SyntaxError);
    await assertRejects(
      () => family.on(0).importThrower(),
      Error,
      "this module throws",
    );
    const text = await family.on(0).throwString().catch((reason) => reason);
    assertEquals(text, "just text");
    assertEquals(await family.on(0).count(), 1);
  },
);

Deno.test("a result that cannot be sent rejects and says where", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  const call = family.on(0) as unknown as { answer(): Promise<unknown> };
  const error = await assertRejects(() => call.answer(), TypeError);
  assertStringIncludes(error.message, "victim.answer");
});

Deno.test("timers and sockets have their turn while calls keep coming", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  let fired = false;
  setTimeout(() => fired = true, 5);
  const end = performance.now() + 15_000;
  while (!fired && performance.now() < end) await family.on(0).count();
  assert(fired);
});

Deno.test(
  "Runtime.close() waits for calls under way",
  { timeout },
  async () => {
    const runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(victim);
    const waited = family.on(0).wait(80);
    await runtime.close();
    assertEquals(await waited, "waited");
  },
);

Deno.test("Runtime.close() with a timeout rejects what takes longer", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  const never = assertRejects(() => family.on(0).never(), RuntimeClosedError);
  const start = performance.now();
  await runtime.close({ timeout: 20 });
  await never;
  assert(performance.now() - start < 10_000);
});

Deno.test("Runtime.close() can be called again and waits for the same end", {
  timeout,
}, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  assertStrictEquals(runtime.close(), runtime.close());
  await runtime.close();
  await runtime[Symbol.asyncDispose]();
});

Deno.test("a closed runtime refuses calls and links", { timeout }, async () => {
  const runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(tally.family());
  await runtime.close();
  await assertRejects(() => family.on(0).local(), RuntimeClosedError);
  await assertRejects(() => family.all().local());
  await assertRejects(() => runtime.link(victim), RuntimeClosedError);
  assertEquals(runtime.report().workers[0]!.state, "closed");
  assertEquals(family.here.add(1), 2);
});

Deno.test("Runtime.close() leaves no thread behind", { timeout }, async () => {
  const { code, stdout, stderr } = await runProgram(
    `import { Runtime } from "@kindred/kindred";
    const nameOf = ({ name }) => {
      try {
        return Deno.readTextFileSync("/proc/self/task/" + name + "/comm");
      } catch {
        return ""; // it ended since the folder was read
      }
    };
    const threads = () =>
      [...Deno.readDirSync("/proc/self/task")].map(nameOf)
        .filter((name) => name.startsWith("worker")).length;
    for (let k = 0; k < 5; k++) {
      await using _runtime = await Runtime.start();
      if (threads() === 0) console.log("no worker");
    }
    // The engine's last steps after the thread let go of its locks.
    const end = performance.now() + 15_000;
    while (threads() > 0 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    console.log(threads());`,
    { permissions: ["-A"] },
  );
  assertEquals([code, stdout.trim(), stderr], [0, "0", ""]);
});

Deno.test("a program with 'await using' ends by itself, also by an error", {
  timeout,
}, async () => {
  const text = (body: string) =>
    `import { Runtime } from "@kindred/kindred";
    await using runtime = await Runtime.start();
    ${body}`;
  const ends = await runProgram(text(`console.log(runtime.size > 0);`), {
    permissions: ["-A"],
  });
  assertEquals([ends.code, ends.stdout.trim()], [0, "true"]);
  const throws = await runProgram(text(`throw new Error("in the middle");`), {
    permissions: ["-A"],
  });
  assertEquals(throws.code, 1);
  assertStringIncludes(throws.stderr, "in the middle");
});

Deno.test(
  "a runtime that is not disposed lets the program end after its calls",
  {
    timeout,
  },
  async () => {
    const file = new URL("../fixtures/victim.ts", import.meta.url);
    const { code, stdout } = await runProgram(
      `import { Runtime } from "@kindred/kindred";
    import { victim } from "${file}";
    const family = await (await Runtime.start()).link(victim);
    family.on(0).wait(100).then(console.log);
    family.on(0).count();`,
      { permissions: ["-A"] },
    );
    assertEquals([code, stdout.trim()], [0, "waited"]);
  },
);

Deno.test("Runtime.report() tells of a second copy of the package", {
  timeout,
}, async () => {
  const folder = await Deno.makeTempDir();
  try {
    const root = new URL("../../../", import.meta.url);
    for (const part of libraryFolders()) {
      cpSync(new URL(part, root), `${folder}/${part}`, { recursive: true });
    }
    cpSync(new URL("mod.ts", root), `${folder}/mod.ts`);
    const { stdout, code } = await runProgram(
      `import { Runtime } from "@kindred/kindred";
      import * as copy from "file://${folder}/mod.ts";
      await using one = await Runtime.start({ workers: 1 });
      await using two = await copy.Runtime.start({ workers: 1 });
      console.log(String(one.report()));`,
      { permissions: ["-A"] },
    );
    assertEquals(code, 0);
    assertStringIncludes(stdout, "Several copies");
    assertStringIncludes(stdout, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
