import { Runtime } from "../../mod.ts";
import { assertEquals, assertRejects } from "@std/assert";
import { app, serveHere, until, urlOf } from "./serving.ts";

const timeout = 60_000;

Deno.test("a WebSocket echoes, and is closed with 1001 when the server stops", {
  timeout,
}, async () => {
  const server = await serveHere(app("echoing"));
  const sockets = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const socket = new WebSocket(urlOf(server).replace("http", "ws"));
      await new Promise((open) => socket.onopen = open);
      const heard = new Promise<string>((hear) =>
        socket.onmessage = ({ data }) => hear(data)
      );
      socket.send("hello");
      assertEquals(await heard, "hello");
      return socket;
    }),
  );
  const codes = sockets.map((socket) =>
    new Promise<number>((close) => socket.onclose = ({ code }) => close(code))
  );
  await server.shutdown();
  assertEquals(await Promise.all(codes), codes.map(() => 1001));
});

Deno.test(
  "a WebSocket stays open when another server of the same runtime stops",
  { timeout },
  async () => {
    await using runtime = await Runtime.start({ workers: 1 });
    await using server = await serveHere(app("echoing"), { runtime });
    const other = await serveHere(app("echoing"), { runtime });
    const socket = new WebSocket(urlOf(server).replace("http", "ws"));
    await new Promise((open) => socket.onopen = open);
    await other.shutdown();
    const heard = new Promise((hear) => {
      socket.onmessage = ({ data }) => hear(data);
      socket.onclose = ({ code }) => hear(code);
    });
    socket.send("still here");
    assertEquals(await heard, "still here");
    const code = new Promise<number>((close) =>
      socket.onclose = ({ code }) => close(code)
    );
    await server.shutdown();
    assertEquals(await code, 1001);
  },
);

Deno.test(
  "a stream that ends by the signal of its context is sent to its end when the server stops",
  { timeout },
  async () => {
    const server = await serveHere(app("streaming"));
    const response = await fetch(urlOf(server));
    const reader = response.body!.pipeThrough(new TextDecoderStream())
      .getReader();
    assertEquals((await reader.read()).value, "begin\n");
    const shut = server.shutdown();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      text += value;
    }
    assertEquals(text.endsWith("end\n"), true);
    await shut;
  },
);

Deno.test(
  "a stream without end is cut when the time is up",
  { timeout },
  async () => {
    const server = await serveHere(app("streaming"));
    const response = await fetch(urlOf(server, "/endless"));
    const read = assertRejects(() => response.text());
    await server.shutdown({ timeout: 100 });
    await read;
  },
);

Deno.test(
  "a stream whose client is gone is cancelled",
  { timeout },
  async () => {
    await using server = await serveHere(app("streaming"), {
      maxConcurrent: 9,
    });
    const response = await fetch(urlOf(server, "/endless"));
    await response.body!.cancel();
    await until(() => server.stats().active === 0);
  },
);
