import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Runtime, type RuntimeOptions, topology } from "../../mod.ts";
import { runProgram } from "../support/run_program.ts";
import { victim } from "./fixtures/victim.ts";
import * as wrong from "./fixtures/wrong.ts";

const timeout = 60_000;

const absent = 1 + Math.max(...topology().processors.ids);
const OPTIONS: [string, unknown, typeof RangeError | typeof TypeError][] = [
  ["workers: 0", { workers: 0 }, RangeError],
  ["workers: -1", { workers: -1 }, RangeError],
  ["workers: 1.5", { workers: 1.5 }, RangeError],
  ["workers: NaN", { workers: NaN }, RangeError],
  ["more workers than processors", { workers: 100_000 }, RangeError],
  ["an absent processor", { processors: [absent] }, RangeError],
  ["no processor", { processors: [] }, RangeError],
  ["a processor twice", {
    processors: [topology().allowed.first!.id, topology().allowed.first!.id],
  }, RangeError],
  ["pin: 3", { pin: 3 }, TypeError],
];

for (const [name, options, type] of OPTIONS) {
  Deno.test(`Runtime.start() refuses ${name}`, { timeout }, async () => {
    const error = await assertRejects(
      () => Runtime.start(options as RuntimeOptions),
      type,
    );
    assertStringIncludes(error.message, "Cannot start runtime");
  });
}

const DEFINITIONS: [string, keyof typeof wrong, string][] = [
  ["whose export does not exist", "notExported", "nowhere"],
  ["whose export is something else", "wrongExport", "number"],
  ["with a method named then", "thenable", "then"],
  ["with a method named toJSON", "printable", "toJSON"],
  ["whose create() throws", "failing", "no instance today"],
  ["whose shared() throws", "failingShared", "no shared state today"],
  ["whose shared state cannot be sent", "unportable", "options.onDone"],
  ["that is none", "notADefinition", "number"],
];

Deno.test("Runtime.link() refuses a definition ...", {
  timeout,
}, async (t) => {
  await using runtime = await Runtime.start();
  for (const [name, key, fragment] of DEFINITIONS) {
    await t.step(name, async () => {
      const error = await assertRejects(
        () => runtime.link(wrong[key] as typeof wrong.failing),
        Error,
      );
      assertStringIncludes(error.message, fragment);
    });
  }
  await t.step("and works on afterwards, also on a new worker", async () => {
    const family = await runtime.link(victim);
    await assertRejects(() => family.on(0).exit());
    assertEquals(await family.on(0).count(), 1);
  });
});

Deno.test("an argument that cannot be sent is refused with its path", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  const cases: [unknown, string][] = [
    [{ options: { onDone: () => {} } }, "options.onDone"],
    [[1, [Symbol("x")]], "[1][0]"],
    [new WeakMap(), "WeakMap"],
    [new MessageChannel().port1, "move()"],
    [new Uint8Array(new SharedArrayBuffer(8)), "shared memory"],
    [Promise.resolve(1), "promise"],
  ];
  for (const [value, fragment] of cases) {
    const error = await assertRejects(
      () => family.on(0).echo(value),
      TypeError,
    );
    assertStringIncludes(error.message, "argument 0");
    assertStringIncludes(error.message, fragment);
  }
  assertEquals(await family.on(0).count(), 1);
});

Deno.test("a call to an unknown method or worker is refused by name", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  const family = await runtime.link(victim);
  const stub = family.on(0) as unknown as Record<
    string,
    () => Promise<unknown>
  >;
  const error = await assertRejects(() => stub["nope"]!(), TypeError);
  assertStringIncludes(error.message, "nope");
  assertStringIncludes(error.message, "count");
  for (const worker of [1, -1, 0.5, NaN]) {
    const error = await assertRejects(
      async () => await family.on(worker).count(),
      RangeError,
    );
    assertStringIncludes(error.message, String(worker));
  }
});

Deno.test("a main module that exports a definition must guard what it starts", {
  timeout,
}, async () => {
  const file = new URL("./fixtures/main_with_definition.ts", import.meta.url);
  const permissions = ["-A"];
  const plain = await runProgram({ file }, { permissions });
  assertEquals(plain.code, 0);
  assertStringIncludes(plain.stdout, "import.meta.main");
  const guarded = await runProgram({ file }, {
    permissions,
    args: ["guarded"],
  });
  assertEquals([guarded.code, guarded.stdout.trim()], [0, "1"]);
});

Deno.test("Runtime.close() refuses a timeout that is none", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  await assertRejects(() => runtime.close({ timeout: -1 }), RangeError);
  await assertRejects(() => runtime.close({ timeout: NaN }), RangeError);
  assertEquals(runtime.report().workers[0]!.state, "running");
});
