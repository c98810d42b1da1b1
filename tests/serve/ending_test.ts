/**
 * Servers end, whatever goes on meanwhile.
 *
 * @module
 */

import { assertRejects } from "@std/assert";
import { hits } from "../../examples/hits.ts";
import { platform } from "../../ffi/detect.ts";
import { LocalDisposeError, Runtime } from "../../workers/mod.ts";
import { app, APPS, ask, serveHere, until, urlOf } from "./serving.ts";

const timeout = 60_000;

Deno.test(
  "Server.shutdown() resolves again, and after its runtime was closed",
  {
    timeout,
  },
  async () => {
    for (const end of ["server", "runtime"]) {
      await using server = await serveHere(APPS, { workers: 1 });
      if (end === "server") await server.shutdown();
      else await server.runtime.close();
      await server.shutdown();
      await server.finished;
    }
  },
);

Deno.test("serve() leaves nothing behind if onListen throws", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  let url = "";
  const onListen = (addr: Deno.NetAddr | Deno.UnixAddr) => {
    url = `http://127.0.0.1:${(addr as Deno.NetAddr).port}`;
    throw new RangeError("not there");
  };
  await assertRejects(() => serveHere(APPS, { runtime, onListen }), RangeError);
  await assertRejects(() => ask(url), TypeError);
});

Deno.test("a signal ends serve() while an application starts that never will", {
  timeout,
}, async () => {
  const family = hits.family();
  const controller = new AbortController();
  const { signal } = controller;
  await using runtime = await Runtime.start({ workers: 1 });
  const linked = await runtime.link(family);
  const options = { signal, runtime, families: { hits: family } };
  const rejected = assertRejects(
    () => serveHere(app("starting"), options),
    RangeError,
    "no more",
  );
  await until(() => linked.here.total.value === 1);
  controller.abort(new RangeError("no more"));
  await rejected;
});

Deno.test(
  "Runtime.close() with a timeout ends serve() while an application starts that never will",
  { timeout },
  async () => {
    const family = hits.family();
    const runtime = await Runtime.start({ workers: 1 });
    const linked = await runtime.link(family);
    const options = { runtime, families: { hits: family } };
    const rejected = assertRejects(() => serveHere(app("starting"), options));
    await until(() => linked.here.total.value === 1);
    await runtime.close({ timeout: 100 }); // a start is under way as a call is
    await rejected;
  },
);

Deno.test(
  "an application that never stops keeps no runtime from being closed, which says it",
  { timeout },
  async () => {
    const server = await serveHere(app("staying"), {
      workers: 1,
      shutdownTimeout: 10,
    });
    await assertRejects(
      () => server.runtime.close(),
      LocalDisposeError,
      "'stop'",
    );
    await server.finished;
  },
);

Deno.test("Server.shutdown() gives up tasks that handlers have left behind", {
  timeout,
}, async () => {
  const server = await serveHere(app("entangled"), { workers: 1 });
  await ask(urlOf(server));
  await server.shutdown({ timeout: 50 });
});

Deno.test(
  "Server.shutdown() closes the port of a worker that a handler blocks",
  { timeout, ignore: platform().sockets === undefined },
  async () => {
    const family = hits.family();
    await using runtime = await Runtime.start({ workers: 1 });
    const server = await serveHere(app("blocking"), {
      runtime,
      stallTimeout: Infinity,
      families: { hits: family },
    });
    const asked = ask(urlOf(server, "/block")).catch(() => undefined);
    await until(() => server.stats().requests === 1);
    await server.shutdown({ timeout: 0 });
    const { port } = server.addr as Deno.NetAddr;
    await assertRejects(
      () => Deno.connect({ port, hostname: "127.0.0.1" }),
      Deno.errors.ConnectionRefused,
    );
    family.here.hit(); // lets it go on
    await asked;
  },
);
