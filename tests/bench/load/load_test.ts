import { assert, assertEquals } from "@std/assert";
import { Load } from "../../../bench/load/load.ts";
import { spread } from "../../../bench/load/spread.ts";

const timeout = 30_000;

/** A server on this thread. */
function serve(
  handler: Deno.ServeHandler<Deno.NetAddr>,
): Deno.HttpServer<Deno.NetAddr> {
  const hostname = "127.0.0.1";
  return Deno.serve({ port: 0, hostname, onListen() {} }, handler);
}

Deno.test("Load asks until it is stopped, each request by its own number", {
  timeout,
}, async () => {
  const ids: string[] = [];
  await using server = serve((request) => {
    const { pathname, searchParams } = new URL(request.url);
    assertEquals([pathname, searchParams.get("a")], ["/x", "1"]);
    ids.push(searchParams.get("id")!);
    return new Response(null, { status: ids.length % 2 === 0 ? 200 : 404 });
  });
  const load = new Load({
    port: server.addr.port,
    connections: 3,
    path: "/x?a=1",
  });
  await load.answers(100);
  await load.stop();
  assert(ids.length >= 100);
  assertEquals(new Set(ids), new Set([...load.outcomes.keys()].map(String)));
  assertEquals(new Set(load.outcomes.values()), new Set(["answered"]));
  const { [200]: even = 0, [404]: odd = 0 } = Object.fromEntries(load.statuses);
  assertEquals(even + odd, ids.length);
  assert(odd - even === ids.length % 2);
});

Deno.test(
  "Load sends as many requests as it is told, on new connections if it is told to",
  { timeout },
  async () => {
    const ports = new Set<number>();
    await using server = serve((_, { remoteAddr }) => {
      ports.add(remoteAddr.port);
      return new Response();
    });
    const { port } = server.addr;
    await new Load({ port, connections: 2, requests: 50 }).ended();
    assertEquals(ports.size, 2);
    ports.clear();
    await new Load({ port, connections: 2, requests: 50, isOneShot: true })
      .ended();
    assertEquals(ports.size, 50);
  },
);

Deno.test(
  "Load tells answers, connections that end, and requests that hang apart",
  { timeout },
  async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    let accepted = 0;
    const open: Deno.Conn[] = [];
    const serving = (async () => {
      for await (const connection of listener) {
        open.push(connection);
        await connection.read(new Uint8Array(1000));
        accepted++;
        const answer = accepted === 1
          ? "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
          : accepted === 2
          ? "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"
          : "";
        await connection.write(new TextEncoder().encode(answer));
        if (accepted < 4) connection.close();
      }
    })();
    const load = new Load({
      port: listener.addr.port,
      connections: 1,
      requests: 4,
      patience: 200,
    });
    await load.ended();
    assertEquals([...load.outcomes.values()], [
      "answered",
      "reset",
      "reset",
      "hung",
    ]);
    assertEquals(load.refused, 0);
    listener.close();
    open.at(-1)!.close();
    await serving.catch(() => {});
  },
);

Deno.test("Load.cut() waits for no answer", { timeout }, async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<Response>();
  await using server = serve(() => {
    asked.resolve();
    return answer.promise;
  });
  const load = new Load({ port: server.addr.port, connections: 1 });
  await asked.promise;
  await load.cut();
  assertEquals([...load.outcomes.values()], ["hung"]);
  answer.resolve(new Response());
});

Deno.test("Load counts connections that are refused, and ends or tries again", {
  timeout,
}, async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  const ending = new Load({ port, connections: 3, endsWhenRefused: true });
  await ending.ended();
  assertEquals([ending.refused, ending.outcomes.size], [3, 0]);
  const trying = new Load({ port, connections: 1 });
  while (trying.refused < 3) {
    await new Promise((next) => setTimeout(next));
  }
  await using _server = Deno.serve(
    { port, hostname: "127.0.0.1", onListen() {} },
    () => new Response(),
  );
  await trying.answers(1);
  await trying.stop();
  assert(trying.refused >= 3);
});

Deno.test(
  "spread() counts the connections that each name has, the most first",
  { timeout },
  async () => {
    const names = ["a", "b", "b", "c", "b", "c"];
    let asked = 0;
    await using server = serve(() => new Response(names[asked++]));
    assertEquals(await spread(server.addr.port, names.length), [3, 2, 1]);
  },
);
