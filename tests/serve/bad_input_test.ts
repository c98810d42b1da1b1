import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { Runtime } from "../../workers/mod.ts";
import { runProgram } from "../support/run_program.ts";
import { StartedWorkers } from "../workers/started_workers.ts";
import { app, APPS, ask, serveHere, urlOf } from "./serving.ts";

const timeout = 60_000;

Deno.test("serve() says what is to be granted, and asks nobody", {
  timeout,
}, async () => {
  const { code, stderr } = await runProgram(
    { file: new URL("./fixtures/fallback_program.ts", import.meta.url) },
    { permissions: ["--allow-read"] },
  );
  assertEquals(code, 1);
  assertStringIncludes(stderr, "grant --allow-net=127.0.0.1:0");
});

Deno.test(
  "serve() says what a module does not export, and leaves nothing behind",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    const refused = async (name: string, part: string) => {
      const error = await assertRejects(
        () => serveHere(app(name), { runtime }),
        TypeError,
      );
      assertStringIncludes(error.message, part);
      assertStringIncludes(error.message, APPS);
    };
    await refused("missing", "no export 'missing'");
    await refused("answer", "'fetch'");
    await assertRejects(
      () => serveHere("file:///nowhere/app.ts", { runtime }),
      TypeError,
    );
    await assertRejects(
      () => serveHere(app("unready"), { runtime }),
      RangeError,
      "no database",
    );
    // Replaced workers do not listen either.
    await runtime.recycle(0);
    assertEquals(
      await runtime.spawn(() => 1),
      1,
    );
  },
);

Deno.test("serve() says that a port is in use, and listens nowhere then", {
  timeout,
}, async () => {
  await using server = await serveHere(APPS);
  const { port } = server.addr as Deno.NetAddr;
  using started = new StartedWorkers();
  const error = await assertRejects(
    () => serveHere(APPS, { port }),
    Deno.errors.AddrInUse,
  );
  assertStringIncludes(error.message, String(port));
  assertEquals(started.list.length, 0);
  assertEquals((await ask(urlOf(server))).status, 200);
});

Deno.test(
  "serve() refuses a certificate that is none",
  { timeout },
  async () => {
    using started = new StartedWorkers();
    await assertRejects(
      () => serveHere(APPS, { cert: "no certificate", key: "no key" }),
      Deno.errors.InvalidData,
      "'cert'",
    );
    assertEquals(started.list.length, 0);
  },
);
