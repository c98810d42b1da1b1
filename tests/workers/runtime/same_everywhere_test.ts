import { assertEquals, assertStringIncludes } from "@std/assert";
import { Runtime } from "../../../mod.ts";
import { runProgram } from "../../support/run_program.ts";
import { odd } from "../fixtures/odd.ts";

const timeout = 60_000;
const file = new URL("../fixtures/same_everywhere.ts", import.meta.url);

Deno.test("calls come to the same with threads and inline", {
  timeout,
}, async () => {
  const threads = await runProgram({ file }, { permissions: ["-A"] });
  const inline = await runProgram({ file });
  assertEquals([threads.code, threads.stderr], [0, ""]);
  assertEquals([inline.code, inline.stderr], [0, ""]);
  assertEquals(inline.stdout.split("\n"), threads.stdout.split("\n"));
  assertStringIncludes(threads.stdout, "slow");
  assertStringIncludes(threads.stdout, "RuntimeClosedError");
});

Deno.test("what workers own comes to the same with threads and inline", {
  timeout,
}, async () => {
  const file = new URL("../fixtures/same_local.ts", import.meta.url);
  const threads = await runProgram({ file }, { permissions: ["-A"] });
  const inline = await runProgram({ file });
  assertEquals([threads.code, threads.stderr], [0, ""]);
  assertEquals([inline.code, inline.stderr], [0, ""]);
  assertEquals(inline.stdout.split("\n"), threads.stdout.split("\n"));
  assertStringIncludes(threads.stdout, "RuntimeClosedError");
});

Deno.test("a module that sets onmessage does not make its worker deaf", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(odd);
  await family.on(0).setOnMessage();
  // Long enough that the worker sleeps and has to be called.
  await family.here.slow();
  assertEquals(await family.on(0).echo(1), [1]);
});

Deno.test("Runtime.close() takes a timeout that is longer than any timer", {
  timeout,
}, async () => {
  const { code, stdout, stderr } = await runProgram(
    `import { Runtime } from "@kindred/kindred";
    import { odd } from "${new URL("../fixtures/odd.ts", import.meta.url)}";
    const runtime = await Runtime.start({ workers: 1 });
    const family = await runtime.link(odd);
    const slow = family.on(0).slow();
    await runtime.close({ timeout: 2 ** 40 });
    console.log(await slow);`,
    { permissions: ["-A"] },
  );
  assertEquals([code, stdout.trim(), stderr], [0, "slow", ""]);
});

Deno.test("100,000 calls can be under way at once", {
  timeout: 60_000,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(odd);
  const echoes = await Promise.all(
    Array.from({ length: 100_000 }, (_, k) => family.on(0).echo(k)),
  );
  assertEquals(echoes.every(([value], k) => value === k), true);
});

Deno.test("a family can be linked while its only worker is replaced", {
  timeout,
}, async () => {
  const { victim } = await import("../fixtures/victim.ts");
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  for (let k = 0; k < 12; k++) {
    await family.on(0).exit().catch(() => {});
    const linked = await runtime.link(odd);
    assertEquals(await linked.on(0).echo(k), [k]);
  }
});
