import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { AnswerReader } from "../../bench/load/answer_reader.ts";
import { requestOf, write } from "../../bench/load/request.ts";
import {
  app,
  APPS,
  ask,
  connectTo,
  serveHere,
  until,
  urlOf,
} from "./serving.ts";

const timeout = 60_000;

/** A body that says nothing of its length. */
function chunked(chunks: number, length: number): RequestInit {
  let left = chunks;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (left-- > 0) controller.enqueue(new Uint8Array(length));
      else controller.close();
    },
  });
  return { method: "POST", body };
}

Deno.test(
  "maxBody refuses bodies that are longer, whether or not they say so, with 413",
  { timeout },
  async () => {
    await using server = await serveHere(app("reading"), { maxBody: 1000 });
    const url = urlOf(server);
    const said = async (init: RequestInit) => {
      const response = await ask(url, init);
      return [response.status, await response.text()];
    };
    const post = (length: number) => ({
      method: "POST",
      body: new Uint8Array(length),
    });
    assertEquals(await said(post(1000)), [200, "1000"]);
    assertEquals(await said(post(0)), [200, "0"]);
    assertEquals((await said(post(1001)))[0], 413);
    assertEquals(await said(chunked(10, 100)), [200, "1000"]);
    assertEquals((await said(chunked(11, 100)))[0], 413);
    assertEquals((await said(chunked(1, 1001)))[0], 413);
    const { requests, refused, errors } = server.stats();
    assertEquals([requests, refused, errors], [5, 3, 0]);
  },
);

Deno.test("maxBody reads no more of a body without end than it may be long", {
  timeout,
}, async () => {
  await using server = await serveHere(app("reading"), { maxBody: 10_000 });
  const endless = chunked(Infinity, 1000);
  const response = await ask(urlOf(server), endless).catch(() => undefined);
  // A client may see the end of its upload before the answer.
  if (response !== undefined) assertEquals(response.status, 413);
  assertEquals(server.stats().refused, 1);
  // The client goes on to send.
  await server.shutdown({ timeout: 0 });
});

/** What a client asks for that sends a body without end, a little at a time. */
const ENDLESS:
  readonly (readonly [app: string, status: number, how: string])[] = [
    ["reading", 413, "transfer-encoding: chunked"],
    ["reading", 413, "content-length: 1000000000"],
    ["ignoring", 200, "transfer-encoding: chunked"],
  ];

for (const [name, status, how] of ENDLESS) {
  Deno.test(
    `maxBody closes the connection of a client that goes on to send after ${status} (${how})`,
    { timeout: 28_000 }, // after 30 s Deno ends some of them by itself
    async () => {
      const options = { workers: 1, maxBody: 10_000 };
      await using server = await serveHere(app(name), options);
      using connection = await connectTo(server);
      const text = new TextEncoder();
      await connection.write(
        text.encode(`POST / HTTP/1.1\r\nhost: localhost\r\n${how}\r\n\r\n`),
      );
      const read = readUntilCut(connection);
      const piece = text.encode(`3e8\r\n${"x".repeat(1000)}\r\n`);
      let isOpen = true;
      while (isOpen) {
        await new Promise((next) => setTimeout(next, 5));
        await connection.write(piece).catch(() => isOpen = false);
      }
      assertStringIncludes(await read, `HTTP/1.1 ${status} `);
    },
  );
}

Deno.test("maxBody refuses a body of TRACE, which may have none", {
  timeout,
}, async () => {
  await using server = await serveHere(APPS, { workers: 1, maxBody: 10_000 });
  using connection = await connectTo(server);
  const text = "TRACE / HTTP/1.1\r\nhost: localhost\r\n" +
    "transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n";
  await write(connection, new TextEncoder().encode(text));
  const { status } = await new AnswerReader(connection).next();
  const { refused, errors } = server.stats();
  assertEquals([status, refused, errors], [413, 1, 0]);
});

/** What comes until the connection ends, or is reset. */
async function readUntilCut(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const bytes of connection.readable) {
      text += decoder.decode(bytes, { stream: true });
    }
  } catch {
    // Reset.
  }
  return text;
}

Deno.test(
  "maxConcurrent refuses more requests with 503 and Retry-After, until others have ended",
  { timeout },
  async () => {
    await using server = await serveHere(app("slow"), {
      workers: 1,
      maxConcurrent: 2,
    });
    const url = urlOf(server, "/?ms=300");
    const asked = [ask(url), ask(url)];
    await until(() => server.stats().active === 2);
    const refused = await ask(url);
    assertEquals(refused.status, 503);
    assert(Number(refused.headers.get("retry-after")) > 0);
    for (const response of await Promise.all(asked)) {
      assertEquals(
        response.status,
        200,
      );
    }
    await until(() => server.stats().active === 0);
    assertEquals((await ask(urlOf(server, "/?ms=0"))).status, 200);
    const stats = server.stats();
    assertEquals([stats.requests, stats.refused, stats.active], [3, 1, 0]);
  },
);

Deno.test(
  "maxConcurrent counts a response until its body was sent, or the client is gone",
  { timeout },
  async () => {
    await using server = await serveHere(app("streaming"), {
      workers: 1,
      maxConcurrent: 1,
    });
    const url = urlOf(server, "/endless");
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const response = await fetch(url, { client });
    assertEquals((await ask(url)).status, 503);
    await response.body!.cancel();
    client.close();
    await until(() => server.stats().active === 0);
    await server.shutdown({ timeout: 0 });
  },
);

Deno.test(
  "health and readiness answer beside the application",
  { timeout },
  async () => {
    await using server = await serveHere(APPS, {
      health: "/health",
      readiness: "/ready",
    });
    for (const path of ["/health", "/ready", "/health?x=1"]) {
      assertEquals((await ask(urlOf(server, path))).status, 200);
    }
    assertEquals(server.stats().requests, 0);
    await ask(urlOf(server, "/healthy"));
    assertEquals(server.stats().requests, 1);
  },
);

Deno.test("readiness says 503 while a worker finishes what is under way", {
  timeout,
}, async () => {
  await using server = await serveHere(app("echoing"), {
    workers: 1,
    readiness: "/ready",
  });
  const socket = new WebSocket(urlOf(server).replace("http", "ws"));
  await new Promise((open) => socket.onopen = open);
  using client = Deno.createHttpClient({});
  const ready = async () => {
    const response = await fetch(urlOf(server, "/ready"), { client });
    await response.bytes();
    return response.status;
  };
  assertEquals(await ready(), 200);
  const closed = new Promise((close) => socket.onclose = close);
  const shut = server.shutdown();
  await until(() => server.report().listening.length === 0);
  const during = await ready().catch(() => 503); // it may have stopped already
  assertEquals(during, 503);
  await closed;
  await shut;
});

Deno.test("each answer of a worker that stops says that it is the last one", {
  timeout,
}, async () => {
  // It can stop before the client has asked once more.
  let wasLast = false;
  for (let chances = 5; chances > 0 && !wasLast; chances--) {
    await using server = await serveHere(APPS, {
      workers: 1,
      readiness: "/ready",
    });
    using connection = await connectTo(server);
    const request = requestOf("/ready");
    const reader = new AnswerReader(connection);
    const ask = async () => {
      await write(connection, request);
      return await reader.next();
    };
    assertEquals((await ask()).keepsOpen, true);
    const shut = server.shutdown();
    try {
      while (!wasLast) wasLast = !(await ask()).keepsOpen;
    } catch {
      // It has stopped.
    }
    await shut;
  }
  assert(wasLast);
});
