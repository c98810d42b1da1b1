import { assert, assertEquals, assertRejects } from "@std/assert";
import { Runtime } from "../../workers/mod.ts";
import { runProgram } from "../support/run_program.ts";
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

/** A module that can be rewritten. */
async function moduleFile(): Promise<
  AsyncDisposable & { url: string; write(version: string): Promise<void> }
> {
  const folder = await temporaryFolder();
  const path = `${folder.path}/app.ts`;
  return {
    url: new URL(`file://${path}`).href,
    write: (version) =>
      Deno.writeTextFile(
        path,
        `export default { fetch: () => new Response("${version}") };`,
      ),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

/**
 * Asks without a pause until it is told to stop, and counts the answers. A connection that
 * nobody has accepted is reset when its listener is closed: then it asks once more, twice
 * at most.
 */
function asking(url: string): () => Promise<Map<string, number>> {
  const answers = new Map<string, number>();
  let goesOn = true;
  const clients = Array.from({ length: 4 }, async () => {
    while (goesOn) {
      const text = await askText(url)
        .catch(() => askText(url))
        .catch(() => askText(url))
        .catch((error) => String(error));
      answers.set(text, (answers.get(text) ?? 0) + 1);
    }
  });
  return async () => {
    goesOn = false;
    await Promise.all(clients);
    return answers;
  };
}

for (const workers of [1, 2]) {
  Deno.test(
    `Server.restart() imports a module anew on ${workers} workers, and answers all the while`,
    { timeout },
    async () => {
      await using file = await moduleFile();
      await file.write("one");
      await using server = await serveHere(file.url, { workers });
      const stop = asking(urlOf(server));
      assertEquals(await askText(urlOf(server)), "one");
      await file.write("two");
      await server.restart();
      assertEquals(await askText(urlOf(server)), "two");
      const answers = await stop();
      const others = [...answers.keys()].filter((key) =>
        key !== "one" && key !== "two"
      );
      assertEquals(others, []);
      assert(answers.get("two")! > 0);
    },
  );
}

Deno.test(
  "Server.restart() takes another application",
  { timeout },
  async () => {
    await using server = await serveHere(app("slow"));
    await server.restart(app("greet") as never);
    const text = await askText(urlOf(server), { method: "POST", body: "x" });
    assertEquals(text, "Hello, x");
    // So do workers that are replaced later.
    await server.runtime.recycle(0);
    await until(() => server.report().listening.length === 2);
    assertEquals((await ask(urlOf(server))).status, 200);
  },
);

Deno.test(
  "Server.restart() keeps the former application where the next one does not start",
  { timeout },
  async () => {
    await using server = await serveHere(app("slow"));
    await assertRejects(
      () => server.restart(app("unready") as never),
      RangeError,
    );
    await assertRejects(() => server.restart("nowhere" as never), TypeError);
    assertEquals(server.report().listening, [0, 1]);
    assertEquals((await ask(urlOf(server, "/?ms=0"))).status, 200);
    await server.restart();
    assertEquals((await ask(urlOf(server, "/?ms=0"))).status, 200);
  },
);

Deno.test(
  "Server.restart() puts the former application back where the next one does not start on a later worker",
  { timeout },
  async () => {
    await using server = await serveHere(app("slow"));
    await assertRejects(
      () => server.restart(app("picky") as never),
      RangeError,
    );
    assertEquals(server.report().listening, [0, 1]);
    const seen = new Set<string>();
    for (let k = 0; k < 40; k++) {
      seen.add(await askText(urlOf(server, "/?ms=0")));
    }
    assertEquals(seen.has("picky"), false);
  },
);

Deno.test("Server.restart() refuses a server that was shut down", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const server = await serveHere(APPS, { runtime });
  const restarted = assertRejects(() => server.restart(), Error, "shut down");
  await server.shutdown();
  await restarted;
  await assertRejects(() => server.restart(), Error, "shut down");
  await assertRejects(() => ask(urlOf(server)), TypeError);
});

Deno.test(
  "Server.restart() of the only worker keeps its address",
  // Elsewhere this machine does not have that address.
  { timeout, ignore: Deno.build.os !== "linux" },
  async () => {
    const hostname = "127.0.0.2";
    await using server = await serveHere(APPS, { workers: 1, hostname });
    const { port } = server.addr as Deno.NetAddr;
    const stop = asking(`http://${hostname}:${port}/`);
    await server.restart();
    assertEquals([...(await stop()).keys()], ["0"]);
  },
);

Deno.test(
  "Server.restart() lets requests under way end",
  { timeout },
  async () => {
    await using server = await serveHere(app("calling"));
    const asked = Array.from(
      { length: 8 },
      () => askText(urlOf(server, "/?ms=300")),
    );
    await until(() => server.stats().active === 8);
    await server.restart();
    assertEquals(await Promise.all(asked), asked.map(() => "2"));
  },
);

Deno.test(
  "Server.restart() goes on where workers are taken away meanwhile",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 2 });
    await using server = await serveHere(app("slow"), { runtime });
    const held = ask(urlOf(server, "/?ms=300"));
    await until(() => server.stats().active === 1);
    const restarted = server.restart(app("greet") as never);
    await runtime.resize(1);
    await restarted;
    await held;
    const text = await askText(urlOf(server), { method: "POST", body: "x" });
    assertEquals(text, "Hello, x");
  },
);

Deno.test(
  "Server.restart() without threads goes on where 'stop' fails, and the end tells",
  { timeout },
  async () => {
    const { code, stdout, stderr } = await runProgram(
      { file: new URL("./fixtures/restart_program.ts", import.meta.url) },
      { permissions: ["--allow-net"], isConfigured: false },
    );
    assertEquals([code, stderr], [0, ""]);
    assertEquals(JSON.parse(stdout), {
      mode: "inline",
      answers: ["open", "open"],
      failures: 2,
    });
  },
);

Deno.test("Runtime.recycle() gives up what takes longer than its timeout", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 2 });
  const endless = assertRejects(() =>
    runtime.on(0).spawn(() => new Promise(() => {})).then()
  );
  await runtime.recycle(0, { timeout: 50 });
  await endless;
  assertEquals(runtime.report().workers.map(({ replaced }) => replaced), [
    1,
    0,
  ]);
  for (const worker of [-1, 2, 0.5, "0"]) {
    await assertRejects(() => runtime.recycle(worker as number), RangeError);
  }
});
