import { assertEquals, assertRejects } from "@std/assert";
import { listen } from "../../../serve/tcp/acceptor.ts";
import { listenByNode } from "../../../serve/tcp/node_acceptor.ts";
import { Mutex } from "../../../sync/mod.ts";
import { CERT, connectTls, KEY } from "../tls.ts";
import { APPS, readAll, serveHere } from "./talking.ts";

const timeout = 120_000;

Deno.test("serveTcp() with a certificate is TLS", { timeout }, async () => {
  await using server = await serveHere(APPS, {
    workers: 1,
    cert: CERT,
    key: KEY,
  });
  using connection = await connectTls(server.addr as Deno.NetAddr);
  assertEquals(await readAll(connection), "0");
  assertEquals(server.stats().errors, 0);
});

Deno.test("serveTcp() refuses a certificate that is none", {
  timeout,
}, async () => {
  await assertRejects(
    () => serveHere(APPS, { cert: "no certificate", key: KEY }),
    Deno.errors.InvalidData,
  );
});

for (
  const [name, open] of Object.entries({ Deno: listen, Node: listenByNode })
) {
  Deno.test(
    `TLS by sockets of ${name} says goodbye, and survives who does not speak it`,
    {
      timeout,
    },
    async () => {
      const acceptor = await open({
        config: {
          hostname: "127.0.0.1",
          path: undefined,
          cert: CERT,
          key: KEY,
          maxConnections: undefined,
        },
        spread: "kernel",
        lock: new Mutex(),
        port: undefined,
      });
      const { hostname, port } = acceptor.addr as Deno.NetAddr;
      acceptor.accept(async (connection) => {
        try {
          await connection.write(new TextEncoder().encode("hello"));
          await connection.closeWrite();
          while (await connection.read(new Uint8Array(64)) !== null);
        } catch {
          // It did not speak TLS.
        }
        connection[Symbol.dispose]();
      });
      using plain = await Deno.connect({ hostname, port });
      await plain.write(new TextEncoder().encode("GET / HTTP/1.1\r\n\r\n"));
      await readAll(plain).catch(() => {}); // an alert, or nothing
      using connection = await connectTls({ hostname, port });
      assertEquals(await readAll(connection), "hello");
      await acceptor.close();
    },
  );
}
