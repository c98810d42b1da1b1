import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { hits } from "../../../examples/hits.ts";
import { Runtime } from "../../../workers/mod.ts";
import { connectTo, temporaryFolder, until } from "../serving.ts";
import { ANSWER, greet } from "./fixtures/tcp_apps.ts";
import { app, APPS, hear, readAll, readSome, serveHere } from "./talking.ts";

const timeout = 180_000;

Deno.test(
  "serveTcp() lets each worker serve connections, and says what it counted",
  { timeout },
  async () => {
    await using server = await serveHere(APPS);
    assertEquals(server.report().spread, "kernel");
    assertEquals(server.report().listening, [0, 1]);
    const heard = [0, 0];
    await until(async () => {
      heard[Number(await hear(server))]!++;
      return heard.every((count) => count > 0);
    });
    await until(() => server.stats().active === 0);
    assertEquals(
      server.stats().workers.map(({ connections }) => connections),
      heard,
    );
  },
);

Deno.test(
  "serveTcp() gives connections the linked instances of their worker",
  { timeout },
  async () => {
    const family = hits.family();
    await using server = await serveHere(app("told"), {
      families: { hits: family },
    });
    for (let total = 1; total <= 5; total++) {
      using connection = await connectTo(server);
      const told = JSON.parse(await readAll(connection));
      assertEquals(told.total, total);
      assertEquals([told.workers, told.aborted], [2, false]);
      assertEquals(told.remoteAddr.port, connection.localAddr.port);
      assertEquals(told.localAddr.port, connection.remoteAddr.port);
    }
  },
);

Deno.test("serveTcp() takes a function that was made by portable()", {
  timeout,
}, async () => {
  await using server = await serveHere(greet, { workers: 1 });
  assertEquals(await hear(server), "Hello");
});

Deno.test("serveTcp() reads and writes what came, also by streams", {
  timeout,
}, async () => {
  for (const name of ["echo", "piped"]) {
    await using server = await serveHere(app(name), { workers: 1 });
    using connection = await connectTo(server);
    const text = "0123456789".repeat(20_000);
    const read = name === "echo"
      ? readAll(connection)
      : readLength(connection, text.length);
    const bytes = new TextEncoder().encode(text);
    for (let sent = 0; sent < bytes.length;) {
      sent += await connection.write(bytes.subarray(sent));
    }
    if (name === "echo") await connection.closeWrite();
    assertEquals(await read, text);
  }
});

async function readLength(
  connection: Deno.Conn,
  length: number,
): Promise<string> {
  let text = "";
  while (text.length < length) text += await readSome(connection);
  return text;
}

Deno.test(
  "serveTcp() closes connections beyond maxConnections, and counts them",
  {
    timeout,
  },
  async () => {
    await using server = await serveHere(app("polite"), {
      workers: 1,
      maxConnections: 2,
      shutdownTimeout: 100,
    });
    using first = await connectTo(server);
    using second = await connectTo(server);
    assertEquals([await readSome(first), await readSome(second)], [
      "hello ",
      "hello ",
    ]);
    await hear(server).catch((error) => {
      assert(error instanceof Deno.errors.ConnectionReset);
    });
    const { active, refused, workers } = server.stats();
    assertEquals([active, refused, workers[0]!.connections], [2, 1, 3]);
  },
);

Deno.test(
  "errors of handlers are counted, but not those of broken connections",
  { timeout },
  async () => {
    await using server = await serveHere(app("throwing"), { workers: 1 });
    for (const kind of [1, 3, 2]) {
      using connection = await connectTo(server);
      await connection.write(new Uint8Array([kind]));
      assertEquals(await readAll(connection), "");
    }
    await until(() => server.stats().active === 0);
    assertEquals(server.stats().errors, 1);
  },
);

Deno.test("an onError that rejects costs no worker", { timeout }, async () => {
  await using server = await serveHere(app("hopeless"), { workers: 1 });
  for (let count = 1; count <= 3; count++) {
    assertEquals(await hear(server), "");
    assertEquals(server.stats().errors, count);
  }
  assertEquals(server.runtime.report().workers[0]!.replaced, 0);
});

Deno.test("Server.shutdown() aborts the signal, and lets connections end", {
  timeout,
}, async () => {
  const server = await serveHere(app("polite"));
  const connections = await Promise.all(
    Array.from({ length: 8 }, () => connectTo(server)),
  );
  const heard = connections.map(readAll);
  await until(() => server.stats().active === 8);
  const shut = server.shutdown();
  for (const text of await Promise.all(heard)) {
    assertEquals(text, "hello goodbye");
  }
  for (const connection of connections) connection.close();
  await shut;
  await server.finished;
  assertEquals(server.stats().active, 0);
  await assertRejects(() => hear(server), Deno.errors.ConnectionRefused);
});

Deno.test("Server.shutdown() cuts connections that are left at the deadline", {
  timeout,
}, async () => {
  await using server = await serveHere(app("deaf"), { workers: 1 });
  using connection = await connectTo(server);
  assertEquals(await readSome(connection), "hello");
  await server.shutdown({ timeout: 20 });
  assertEquals(
    await readAll(connection).catch((error) => {
      assert(error instanceof Deno.errors.ConnectionReset);
      return "";
    }),
    "",
  );
  assertEquals(server.stats().active, 0);
});

Deno.test("Server.shutdown() serves connections that were there before", {
  timeout,
}, async () => {
  for (let round = 0; round < 5; round++) {
    const server = await serveHere(APPS);
    const connections = await Promise.all(
      Array.from({ length: 32 }, () => connectTo(server)),
    );
    const heard = connections.map(readAll);
    const shut = server.shutdown();
    for (const text of await Promise.all(heard)) assert(/^[01]$/.test(text));
    for (const connection of connections) connection.close();
    await shut;
  }
});

Deno.test(
  "what a handler wrote arrives, though it has not read all that came",
  { timeout },
  async () => {
    await using server = await serveHere(app("rash"), { workers: 1 });
    for (let round = 0; round < 5; round++) {
      using connection = await connectTo(server);
      await connection.write(new Uint8Array(10_000));
      await connection.closeWrite();
      assertEquals((await readAll(connection)).length, ANSWER);
    }
  },
);

Deno.test(
  "Server.restart() has connections served by new workers",
  { timeout },
  async () => {
    await using server = await serveHere(APPS);
    await server.restart(app("greet"));
    assertEquals(await hear(server), "Hello");
    assertEquals(
      server.runtime.report().workers.map(({ replaced }) => replaced),
      [1, 1],
    );
  },
);

Deno.test("serveTcp() on a Unix socket", { timeout }, async () => {
  await using folder = await temporaryFolder();
  const path = `${folder.path}/socket`;
  await using server = await serveHere(APPS, { path });
  assertEquals(server.report().spread, "single");
  using connection = await Deno.connect({ transport: "unix", path });
  assertEquals(await readAll(connection), "0");
});

Deno.test("serveTcp() says what a module does not export", {
  timeout,
}, async () => {
  await using runtime = await Runtime.start({ workers: 1 });
  for (const [name, what] of [["answer", "'connection'"], ["none", "'none'"]]) {
    const error = await assertRejects(
      () => serveHere(app(name!), { runtime }),
      TypeError,
    );
    assertStringIncludes(error.message, what!);
  }
});
