import { assertEquals, assertStringIncludes } from "@std/assert";
import { hits } from "../../examples/hits.ts";
import { platform } from "../../ffi/detect.ts";
import { app, ask, askText, serveHere, until, urlOf } from "./serving.ts";

const timeout = 60_000;

Deno.test(
  "a worker that a handler blocks for longer than stallTimeout is replaced, and others answer",
  { timeout, ignore: platform().sockets === undefined },
  async () => {
    const family = hits.family();
    await using server = await serveHere(app("blocking"), {
      stallTimeout: 750,
      families: { hits: family },
    });
    const { runtime } = server;
    const replaced = () =>
      runtime.report().workers.map(({ replaced }) => replaced);
    const stuck = ask(urlOf(server, "/block")).catch(() => undefined);
    await until(() => replaced().includes(1));
    const freed = replaced().indexOf(1);
    assertStringIncludes(runtime.report().workers[freed]!.lastLoss!, "in time");
    // What comes now goes to no socket of the one that is stuck.
    for (let k = 0; k < 20; k++) await askText(urlOf(server));
    await until(() => server.report().listening.length === 2);
    assertEquals(replaced()[1 - freed], 0);
    family.here.hit(); // lets it go on, and end
    await stuck;
  },
);

Deno.test(
  "a worker that a handler blocks goes on where stallTimeout is Infinity",
  { timeout },
  async () => {
    const family = hits.family();
    await using server = await serveHere(app("blocking"), {
      workers: 1,
      stallTimeout: Infinity,
      families: { hits: family },
    });
    const asked = askText(urlOf(server, "/block"));
    await until(() => server.stats().requests === 1);
    family.here.hit();
    assertEquals(await asked, "0");
    assertEquals(server.runtime.report().workers[0]!.replaced, 0);
  },
);
