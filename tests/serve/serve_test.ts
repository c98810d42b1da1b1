import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { hits } from "../../examples/hits.ts";
import { Runtime } from "../../workers/mod.ts";
import { greet } from "./fixtures/apps.ts";
import {
  app,
  APPS,
  ask,
  askText,
  serveHere,
  temporaryFolder,
  until,
  urlOf,
} from "./serving.ts";

const timeout = 60_000;

Deno.test(
  "serve() lets each worker answer, by the default export of a module",
  { timeout },
  async () => {
    await using server = await serveHere(APPS);
    assertEquals(server.report().spread, "kernel");
    assertEquals(server.report().listening, [0, 1]);
    const seen = new Set<string>();
    await until(async () => {
      seen.add(await askText(urlOf(server)));
      return seen.size === 2;
    });
    assertEquals([...seen].sort(), ["0", "1"]);
  },
);

Deno.test(
  "serve() gives handlers the linked instances of their worker, and who asks",
  { timeout },
  async () => {
    const family = hits.family();
    await using server = await serveHere(app("told"), {
      families: { hits: family },
    });
    const locals = new Map<number, number>();
    for (let total = 1; locals.size < 2; total++) {
      const told = await (await ask(urlOf(server, "/some/path?q=1"))).json();
      assertEquals(told.total, total);
      const local = (locals.get(told.worker) ?? 0) + 1;
      assertEquals(told.local, local);
      locals.set(told.worker, local);
      assertEquals(told.path, "/some/path");
      assertEquals(told.remoteAddr.hostname, "127.0.0.1");
      assert(told.remoteAddr.port > 0);
      assertEquals([told.workers, told.aborted], [2, false]);
    }
  },
);

Deno.test(
  "serve() takes a function that was made by portable()",
  { timeout },
  async () => {
    await using server = await serveHere(greet, { workers: 1 });
    const text = await askText(urlOf(server), { method: "POST", body: "you" });
    assertEquals(text, "Hello, you");
  },
);

Deno.test("serve() uses a given runtime, which goes on when the server ends", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const server = await serveHere(APPS, { runtime });
  assert(server.runtime === runtime);
  const url = urlOf(server);
  await askText(url);
  await server.shutdown();
  await server.finished;
  await assertRejects(() => askText(url), TypeError);
  assertEquals(await runtime.spawn(() => 3), 3);
});

Deno.test(
  "closing the runtime stops its servers, and lets what is under way end",
  { timeout },
  async () => {
    const server = await serveHere(app("calling"));
    const asked = askText(urlOf(server, "/?ms=300"));
    await until(() => server.stats().active === 1);
    await server.runtime.close();
    await server.finished;
    assertEquals(await asked, "2"); // though it called another worker then
  },
);

Deno.test("Server.shutdown() lets handlers end, and refuses connections", {
  timeout,
}, async () => {
  const server = await serveHere(app("slow"));
  const url = urlOf(server, "/?ms=300");
  const asked = Array.from({ length: 8 }, () => ask(url));
  await until(() => server.stats().active === 8);
  const shut = server.shutdown();
  for (const response of await Promise.all(asked)) {
    assertEquals(response.status, 200);
  }
  await shut;
  await server.finished;
  assertEquals(server.stats().workers.map(({ state }) => state), [
    "stopped",
    "stopped",
  ]);
  await assertRejects(() => ask(url), TypeError);
});

Deno.test("Server.shutdown() cuts what takes longer than its timeout", {
  timeout,
}, async () => {
  await using server = await serveHere(app("slow"));
  const asked = assertRejects(() => ask(urlOf(server, "/?ms=50000")));
  await until(() => server.stats().active === 1);
  await server.shutdown({ timeout: 50 });
  await asked;
});

Deno.test("a signal shuts a server down", { timeout }, async () => {
  const controller = new AbortController();
  const server = await serveHere(APPS, { signal: controller.signal });
  controller.abort();
  await server.finished;
  await assertRejects(() => ask(urlOf(server)), TypeError);
  await assertRejects(
    () => serveHere(APPS, { signal: controller.signal }),
    DOMException,
  );
});

Deno.test("a handler that throws is answered by onError, and counted", {
  timeout,
}, async () => {
  await using server = await serveHere(app("throwing"));
  const response = await ask(urlOf(server));
  assertEquals([response.status, await response.text()], [500, "RangeError"]);
  const { requests, errors } = server.stats();
  assertEquals([requests, errors], [1, 1]);
});

Deno.test(
  "workers that are added listen, and those that are taken away stop before",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    await using server = await serveHere(app("slow"), { runtime });
    await runtime.resize(2);
    await until(() => server.report().listening.length === 2);
    const url = urlOf(server, "/?ms=200");
    const asked = Array.from({ length: 16 }, () => ask(url));
    await until(() => server.stats().active === 16);
    await runtime.resize(1);
    for (const response of await Promise.all(asked)) {
      assertEquals(response.status, 200);
    }
    assertEquals(await askText(urlOf(server)), "0");
  },
);

Deno.test(
  "serve() on a Unix socket has one worker, says so, and removes a socket that nobody listens on",
  { timeout },
  async () => {
    await using folder = await temporaryFolder();
    const path = `${folder.path}/socket`;
    for (let round = 0; round < 2; round++) {
      await using server = await serveHere(APPS, { path });
      assertEquals(server.report().spread, "single");
      assertStringIncludes(server.report().notes.join(), "path");
      using client = Deno.createHttpClient({
        proxy: { transport: "unix", path },
      });
      const response = await fetch("http://localhost/", { client });
      assertEquals(await response.text(), "0");
      await assertRejects(
        () => serveHere(APPS, { path }),
        Deno.errors.AddrInUse,
      );
    }
  },
);

Deno.test(
  "a worker that cannot listen starts the application once, and listens when it can",
  { timeout },
  async () => {
    await using folder = await temporaryFolder();
    const inner = `${folder.path}/inner`;
    const path = `${inner}/socket`;
    const family = hits.family();
    await Deno.mkdir(inner);
    await using runtime = await Runtime.start({ workers: 1 });
    const server = await serveHere(app("living"), {
      runtime,
      path,
      families: { hits: family },
    });
    const says = (why: string) =>
      until(() => server.report().notes.join().includes(why));
    await Deno.rename(inner, `${folder.path}/gone`);
    await runtime.recycle(0);
    await says("No such file");
    // In one step, or it could listen in between.
    await Deno.mkdir(`${folder.path}/next`);
    await Deno.writeTextFile(`${folder.path}/next/socket`, "");
    await Deno.rename(`${folder.path}/next`, inner);
    await says("no socket"); // it has tried again
    await Deno.remove(path);
    await until(() => server.report().listening.length === 1);
    // It has started, stopped, and started.
    assertEquals(family.here.total.value, 3);
    await server.shutdown({ timeout: Infinity });
  },
);
