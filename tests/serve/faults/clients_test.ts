import { assert, assertEquals } from "@std/assert";
import { AnswerReader, CutOff } from "../../../bench/load/answer_reader.ts";
import { requestOf, write } from "../../../bench/load/request.ts";
import { BAD, clients, headOf } from "./clients.ts";
import { mostFiles, openFiles } from "./open_files.ts";
import {
  assertAllAnswered,
  testServer,
  underLoad,
  untilThreadsAnswer,
} from "./testing.ts";

const HEAD = headOf("POST", "/length");

/** What bad clients say before they say no more. */
const FRAGMENTS: readonly (readonly [what: string, says: string])[] = [
  ["say nothing", ""],
  ["send half of a head", HEAD],
  [
    "send half of a body",
    `${HEAD}content-length: 1000\r\n\r\n${"x".repeat(500)}`,
  ],
];

for (const [what, says] of FRAGMENTS) {
  testServer(
    `clients that ${what} and wait keep nobody from being answered`,
    async (server) => {
      using _open = await clients(server, { says });
      const figures = await underLoad(server, async () => {}, {
        name: `clients ${what}`,
      });
      assertAllAnswered(figures);
      // Nor do they keep it from ending.
      await server.end();
    },
    { shutdownTimeout: 200 },
  );

  testServer(
    `clients that ${what} and go leave nothing behind`,
    async (server) => {
      const [pid = 0] = server.process.pids;
      const before = openFiles(pid);
      using open = await clients(server, { says });
      for (const connection of open) {
        await connection.closeWrite();
        // It answers by an error, or just ends the connection.
        const into = new Uint8Array(1024);
        while (await connection.read(into) !== null);
      }
      // What the process itself opened meanwhile is none of the clients'.
      while (openFiles(pid) - before > BAD / 10) await server.ask("/");
      assertEquals((await server.stats()).active, 0);
    },
  );
}

testServer(
  "clients that write a byte at a time keep nobody from being answered, and are answered",
  async (server) => {
    using open = await clients(server, { count: 20, says: "" });
    const figures = await underLoad(server, async () => {
      const statuses = await Promise.all(open.map(async (connection) => {
        for (const byte of requestOf("/")) {
          await write(connection, Uint8Array.of(byte));
          await new Promise((next) => setTimeout(next));
        }
        return (await new AnswerReader(connection).next()).status;
      }));
      assertEquals(statuses, Array(20).fill(200));
    }, { name: "clients write slowly" });
    assertAllAnswered(figures);
  },
);

testServer(
  "clients that read slowly keep nobody from being answered, and get all of it",
  async (server) => {
    const kib = 4096;
    using open = await clients(server, {
      count: 20,
      says: `${headOf("GET", `/large?kib=${kib}`)}\r\n`,
    });
    const figures = await underLoad(server, async () => {}, {
      name: "clients read slowly",
    });
    assertAllAnswered(figures);
    for (const connection of open) {
      const { status, body } = await new AnswerReader(connection).next();
      assertEquals([status, body.length], [200, 1024 * kib]);
    }
  },
);

testServer(
  "clients that go in the middle of an answer cost nobody else's",
  async (server) => {
    const figures = await underLoad(server, async () => {
      const open = await clients(server, {
        says: `${headOf("GET", "/stream?pieces=1000&ms=20")}\r\n`,
      });
      for (const connection of open) await connection.read(new Uint8Array(10));
      open[Symbol.dispose]();
      while ((await server.stats()).active > 0) await server.ask("/");
    }, { name: "clients go" });
    assertAllAnswered(figures);
  },
);

testServer(
  "a head that is too long is refused by an error or by the end of the connection",
  async (server) => {
    const figures = await underLoad(server, async () => {
      using open = await clients(server, {
        count: 10,
        says: `${headOf("GET", "/")}x: ${"x".repeat(1 << 16)}`,
      });
      for (const connection of open) {
        try {
          const { status } = await new AnswerReader(connection).next();
          assert(status === 431 || status === 400);
        } catch (error) {
          assert(error instanceof CutOff);
        }
      }
    }, { name: "heads too long" });
    assertAllAnswered(figures);
  },
);

/** Enough for a server to start. */
const FILES = 200;

const MAX_BODY = 10_000;
const TOO_LONG = "x".repeat(MAX_BODY + 1);
const BODIES: readonly {
  readonly how: string;
  readonly status: number;
  readonly says: string;
}[] = [
  {
    how: "fits",
    status: 200,
    says: `content-length: ${MAX_BODY}\r\n\r\n${TOO_LONG.slice(1)}`,
  },
  {
    how: "is announced to be too long",
    status: 413,
    says: `content-length: ${TOO_LONG.length}\r\n\r\n`,
  },
  {
    how: "turns out to be too long",
    status: 413,
    says: `transfer-encoding: chunked\r\n\r\n${TOO_LONG.length.toString(16)}` +
      `\r\n${TOO_LONG}\r\n0\r\n\r\n`,
  },
];

for (const { how, status, says } of BODIES) {
  testServer(
    `a body that ${how} is answered by ${status}`,
    async (server) => {
      using open = await clients(server, { count: 10, says: HEAD + says });
      for (const connection of open) {
        const answer = await new AnswerReader(connection).next();
        assertEquals(answer.status, status);
        if (status === 200) assertEquals(answer.body, `${MAX_BODY}`);
      }
      assertEquals((await server.stats()).refused, status === 413 ? 10 : 0);
    },
    { maxBody: MAX_BODY },
  );
}

testServer(
  "a server that may have no more files open accepts again when it may",
  async (server) => {
    const open: Deno.Conn[] = [];
    try {
      while (open.length < 2 * FILES) {
        open.push(
          await Deno.connect({ hostname: "127.0.0.1", port: server.port }),
        );
      }
    } catch {
      // Nobody accepts.
    }
    for (const connection of open) connection.close();
    await untilThreadsAnswer(server, 2);
  },
  { files: FILES },
);

testServer(
  "10,000 connections are open at once, and each is answered",
  async (server) => {
    // Some systems allow fewer files.
    const count = Math.min(10_000, mostFiles() - 500);
    using open = await clients(server, { count, says: "" });
    // More than once: all of them are still there.
    for (let k = 0; k < 2; k++) {
      const statuses = await Promise.all(open.map(async (connection) => {
        await write(connection, requestOf("/"));
        return (await new AnswerReader(connection).next()).status;
      }));
      assertEquals(statuses.length, count);
      assertEquals(new Set(statuses), new Set([200]));
    }
    await server.end();
  },
);
